"""(graph, listings, previous lock) -> lock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.unit.samples import COMMIT, MANIFEST, OTHER_COMMIT, digest, edited, listing
from wansync.digest import Revision, tree_digest
from wansync.errors import InvalidListingError, InvalidManifestError, PathUnsafeError, PolicyDeniedError
from wansync.formats.names import PICKLE_SUFFIXES
from wansync.graph import build_graph
from wansync.lockfile import LockedComponent, LockedFile, Lockfile
from wansync.manifest import parse_manifest
from wansync.paths import RelativePath
from wansync.resolve import find_warnings, resolve

if TYPE_CHECKING:
    from wansync.listing import Listing

ALPHA = 'source = "hf:test/alpha"'
FILES = {"transformer": {"b.safetensors": 2, "a.json": 1}, "umt5": {"text_encoder/m.safetensors": 3, "README.md": 4}}


def resolved(data: bytes | str = MANIFEST, **listings: Listing) -> Lockfile:
    graph = build_graph(parse_manifest(data.encode() if isinstance(data, str) else data))
    sources = {c.id: str(c.source) for c in graph.components}
    return resolve(graph, {id_: listing(sources[id_], FILES[id_]) for id_ in FILES} | listings)


def transformer(names: dict[str, int], new: str = ALPHA, **more: Any) -> LockedComponent:  # noqa: ANN401
    """Return the component `transformer` with `new` in its entry, locked from a listing of the names."""
    return resolved(edited(ALPHA, new), transformer=listing("hf:test/alpha", names, **more)).component("transformer")


def test_resolve_pins_every_file_relative_to_the_subfolder() -> None:
    umt5 = resolved().component("umt5")

    name = "text_encoder/m.safetensors"
    assert (LockedFile(path=RelativePath("m.safetensors"), size=3, digest=digest(name)),) == umt5.files
    assert (umt5.revision, umt5.format, str(umt5.subfolder)) == (COMMIT, "safetensors", "text_encoder")
    assert name == str(umt5.source_path(umt5.files[0]))


def test_resolve_sorts_components_models_and_files() -> None:
    lock = resolved()

    assert [component.id for component in lock.components] == ["transformer", "umt5"]
    assert [str(file.path) for file in lock.components[0].files] == ["a.json", "b.safetensors"]
    assert (lock.project, lock.default_profile, lock.profiles) == ("app", "all", {"all": ("alpha@small",)})
    assert [model.id for model in lock.models] == ["alpha"]


def test_resolve_include_and_exclude_choose_the_files() -> None:
    entry = ALPHA + '\ninclude = ["*.json", "*.safetensors"]\nexclude = ["old/"]'
    component = transformer({"a.json": 1, "b.md": 2, "old/c.json": 3, "new/d.safetensors": 4}, entry)

    assert [str(file.path) for file in component.files] == ["a.json", "new/d.safetensors"]
    assert component.request == {"exclude": ["old/"], "include": ["*.json", "*.safetensors"]}


def test_resolve_source_without_revisions_is_pinned_to_its_tree() -> None:
    component = transformer({"a": 1}, revision=None)

    tree = tree_digest([("a", 1, digest("a"))])
    assert Revision(f"sha256:{tree}") == component.revision
    assert Revision.of_tree(component.tree) == component.revision


@pytest.mark.parametrize(
    ("entry", "listed", "expected"),
    [("", "mit", "mit"), ("\nlicense = 'apache-2.0'", "mit", "apache-2.0"), ("", None, None)],
)
def test_resolve_license_is_the_manifests_else_the_sources(
    entry: str, listed: str | None, expected: str | None
) -> None:
    assert expected == transformer({"a": 1}, ALPHA + entry, license=listed).license


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a.safetensors", "b.json"], "safetensors"),
        (["A.SafeTensors"], "safetensors"),
        (["a.gguf"], "gguf"),
        (["a.gguf", "b.safetensors"], "gguf"),
        (["a.safetensors", "b.gguf", "c.pth"], "pickle"),
        (["a.json", "README"], "other"),
        (["safetensors"], "other"),
    ],
)
def test_resolve_format_is_the_one_that_says_most_about_risk(names: list[str], expected: str) -> None:
    assert expected == transformer(dict.fromkeys(names, 1), ALPHA + '\npickle = "allow"').format


@pytest.mark.parametrize("suffix", [*PICKLE_SUFFIXES, ".PTH", ".Bin"])
def test_resolve_pickle_without_opt_in_is_denied_with_two_ways_out(suffix: str) -> None:
    with pytest.raises(PolicyDeniedError) as caught:
        transformer({"a.safetensors": 1, f"deep/model{suffix}": 2})

    assert (
        f"The component `transformer` takes `deep/model{suffix}`, a format that can run code when it is loaded"
        == str(caught.value)
    )
    assert caught.value.hint == (
        "Use the safetensors files of the model (exclude `*.pth`, `*.bin`, `*.ckpt`, `*.pt`, `*.pkl`, `*.pickle`), "
        'or opt in with `pickle = "allow"` in `components.transformer`'
    )
    assert {"component": "transformer", "files": [f"deep/model{suffix}"]} == caught.value.facts


def test_resolve_pickle_with_opt_in_or_excluded_is_locked() -> None:
    assert transformer({"a.pth": 1}, ALPHA + '\npickle = "allow"').format == "pickle"
    assert transformer({"a.pth": 1, "b.gguf": 1}, ALPHA + '\nexclude = ["*.pth"]').format == "gguf"


@pytest.mark.parametrize("entry", ["\nsubfolder = 'vae'", "\ninclude = ['*.gguf']", "\nexclude = ['*']"])
def test_resolve_component_that_takes_no_file_is_refused(entry: str) -> None:
    with pytest.raises(InvalidListingError) as caught:
        transformer({"a.json": 1}, ALPHA + entry)

    assert str(caught.value) == "`hf:test/alpha` has no file for the component `transformer`"
    assert caught.value.hint == "Check `subfolder`, `include` and `exclude` of `components.transformer`"


@pytest.mark.parametrize(
    ("index", "entry", "missing"),
    [
        ("m.index.json", "\ninclude = ['*1.safetensors', '*.json']", "m-2.safetensors"),
        ("m.index.json", "\nexclude = ['m-1*']", "m-1.safetensors"),
        ("deep/m.index.json", "", "deep/m-1.safetensors"),
    ],
)
def test_resolve_index_whose_shard_is_not_taken_is_refused(index: str, entry: str, missing: str) -> None:
    shards = {"t1": "m-1.safetensors", "t2": "m-2.safetensors"}
    names = {index: 1, "m-1.safetensors": 2, "m-2.safetensors": 3}
    with pytest.raises(InvalidListingError) as caught:
        transformer(names, ALPHA + entry, weight_maps={RelativePath(index): shards})

    start = f"`{index}` of the component `transformer` names the shard `{missing}`"
    assert f"{start}, which it does not take" == str(caught.value)
    assert caught.value.hint == "Widen `include`, or tell the owner of the repository that it is incomplete"


def test_resolve_index_that_is_not_taken_asks_for_nothing() -> None:
    maps = {RelativePath("m.index.json"): {"t": "gone"}}

    assert transformer({"a": 1, "m.index.json": 1}, ALPHA + "\nexclude = ['*.json']", weight_maps=maps)


def test_resolve_index_below_the_subfolder_is_complete() -> None:
    maps = {RelativePath("sub/m.index.json"): {"t": "m-1.safetensors"}}
    names = {"sub/m.index.json": 1, "sub/m-1.safetensors": 1}

    assert len(transformer(names, ALPHA + "\nsubfolder = 'sub'", weight_maps=maps).files) == 2


USED = ALPHA + "\nshards = 'used'"
SHARDS = {"m-1-of-2.safetensors": 2, "m-2-of-2.safetensors": 3}
INDEX = RelativePath("m.safetensors.index.json")
MAPS = {INDEX: {"t1": "m-1-of-2.safetensors", "t2": "m-2-of-2.safetensors"}}
EXTRA = {**SHARDS, str(INDEX): 1, "m-1-of-1.safetensors": 4, "config.json": 5, "deep/m.safetensors": 6}


def test_resolve_used_shards_are_those_that_an_index_names() -> None:
    component = transformer(EXTRA, USED, weight_maps=MAPS)

    expected = ["config.json", "deep/m.safetensors", "m-1-of-2.safetensors", "m-2-of-2.safetensors", str(INDEX)]
    assert [str(file.path) for file in component.files] == expected
    assert component.request == {"shards": "used"}


def test_resolve_used_shards_of_an_index_that_is_not_taken_are_all() -> None:
    component = transformer(EXTRA, USED + "\nexclude = ['*.json']", weight_maps=MAPS)

    assert len(component.files) == 4


def test_resolve_used_pickle_needs_the_opt_in_and_an_unused_one_does_not() -> None:
    assert transformer({**EXTRA, "old.bin": 7}, USED, weight_maps=MAPS).format == "safetensors"
    with pytest.raises(PolicyDeniedError):
        transformer(
            {"m.bin.index.json": 1, "m.bin": 2}, USED, weight_maps={RelativePath("m.bin.index.json"): {"t": "m.bin"}}
        )


def test_resolve_shards_that_contradict_each_other_are_refused() -> None:
    maps = {INDEX: {**MAPS[INDEX], "t3": "m-1-of-1.safetensors"}}
    with pytest.raises(InvalidListingError) as caught:
        transformer(EXTRA, weight_maps=maps)

    assert str(caught.value) == (
        f"`{INDEX}` of the component `transformer` names shards whose numbers exclude each other: "
        "`m-1-of-1.safetensors` and `m-1-of-2.safetensors`"
    )
    assert caught.value.facts == {
        "component": "transformer",
        "files": ["m-1-of-1.safetensors", "m-1-of-2.safetensors"],
    }


@pytest.mark.parametrize(("entry", "count"), [(ALPHA, 1), (USED, 0), (ALPHA + "\nexclude = ['*.json']", 0)])
def test_warnings_are_about_what_a_component_takes(entry: str, count: int) -> None:
    graph = build_graph(parse_manifest(edited(ALPHA, entry)))
    listings = {
        "transformer": listing("hf:test/alpha", EXTRA, weight_maps=MAPS),
        "umt5": listing("hf:test/umt5", FILES["umt5"]),
    }
    lock = resolve(graph, listings)

    said = 'no index names `m-1-of-1.safetensors`; `shards = "used"` leaves out what no index names'
    assert find_warnings(lock, graph, listings) == (f"The component `transformer`: {said}",)[:count]
    assert find_warnings(lock, graph, {}) == ()


def test_resolve_two_components_at_one_path_of_a_view_are_refused() -> None:
    data = edited('transformer = "transformer"\ntext_encoder = "umt5"', '"." = ["umt5", "transformer"]')
    with pytest.raises(InvalidManifestError) as caught:
        resolved(data, transformer=listing("hf:test/alpha", {"M.safetensors": 1}))

    expected = "two files of the view `alpha@small` stand at `M.safetensors` and `m.safetensors`"
    assert f"Project `app` cannot be locked: {expected}" == str(caught.value)
    assert caught.value.hint == "Mount the components in different slots, or leave a file out with `exclude`"


def test_resolve_hostile_shard_name_is_a_typed_error() -> None:
    with pytest.raises((InvalidListingError, PathUnsafeError)):
        transformer({"i.index.json": 1}, weight_maps={RelativePath("i.index.json"): {"t": "../../x"}})


def test_resolve_revision_of_the_listing_is_kept_as_it_is() -> None:
    assert transformer({"a": 1}, revision=OTHER_COMMIT).revision == OTHER_COMMIT
