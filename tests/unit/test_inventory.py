"""What is on disk, as values."""

from __future__ import annotations

from wansync.inventory import ViewFolder, ViewKey


def test_view_key_reads_as_its_path() -> None:
    model = ViewKey(folder=ViewFolder.MODELS, name="t2v-A14B@native", tree="7c" * 8)
    component = ViewKey(folder=ViewFolder.COMPONENTS, name="umt5", tree="7c" * 8)

    assert str(model) == "views/t2v-A14B@native/7c7c7c7c7c7c7c7c"
    assert str(component) == "components/umt5@7c7c7c7c7c7c7c7c"


def test_view_keys_sort_by_folder_name_and_tree() -> None:
    keys = [ViewKey(folder=f, name=n, tree=t) for f in ViewFolder for n in "ba" for t in "21"]

    expected = [(f, n, t) for f in sorted(ViewFolder) for n in "ab" for t in "12"]
    assert expected == [(key.folder, key.name, key.tree) for key in sorted(keys)]
