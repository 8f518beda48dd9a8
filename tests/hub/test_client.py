"""The unmodified client takes the test hub for the real one."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from tests.hub.clients import command, download, python_client, value
from tests.hub.conftest import FILES, NAME, SHARD
from tests.support.hub import Faults, Virtual
from tests.support.hub.content import hub_file

if TYPE_CHECKING:
    from tests.hub.conftest import Tiny
    from tests.support.hub import Hub

LARGE = {path for path in FILES if path.endswith(".safetensors")}


def test_model_info_tells_commit_licence_and_files(tiny: Tiny) -> None:
    told = value(
        f"[[i.id, i.sha, i.gated, i.private, i.card_data.license, i.tags, [[s.rfilename, s.size] for s in i.siblings]]"
        f" for i in [api.model_info('{NAME}'), api.model_info('{NAME}', revision='main', files_metadata=True)]]"
    )

    about = [NAME, tiny.commit, False, False, "apache-2.0", ["diffusers", "license:apache-2.0", "region:us"]]
    sizes = [[path, len(data)] for path, data in sorted(FILES.items())]
    assert [[*about, [[path, None] for path, _ in sizes]], [*about, sizes]] == told


def test_tree_over_several_pages_tells_every_file(hub: Hub, tiny: Tiny) -> None:
    hub.faults = Faults(page_size=2)

    told = value(
        "[[f.path, f.size, f.blob_id, f.lfs and f.lfs.sha256] "
        f"for f in api.list_repo_tree('{NAME}', recursive=True) if isinstance(f, RepoFile)]"
    )

    assert told == [
        [path, len(data), hub_file(data, lfs=path in LARGE).oid, sha256(data).hexdigest() if path in LARGE else None]
        for path, data in sorted(FILES.items())
    ]
    assert hub.count("/tree/") == 3


def test_tree_that_is_not_recursive_tells_files_and_folders_of_one_level(tiny: Tiny) -> None:
    told = value(f"[[f.path for f in api.list_repo_tree('{NAME}', at)] for at in (None, 'transformer')]")

    assert told == [
        ["README.md", "model_index.json", "transformer"],
        [path for path in sorted(FILES) if path.startswith("transformer/")],
    ]


def test_more_than_a_thousand_entries_take_two_pages(hub: Hub) -> None:
    names = [f"{number:04}.txt" for number in range(1500)]
    hub.repository("Wan-AI/Many").commit({name: name.encode() for name in names})

    assert names == value("[f.path for f in api.list_repo_tree('Wan-AI/Many', recursive=True)]")
    assert hub.count("/tree/") == 2


def test_refs_and_commits_show_branches_with_slashes_tags_and_history(tiny: Tiny) -> None:
    second = tiny.repository.commit({"README.md": b"# Tiny 2\n"}, title="Change the readme")
    tiny.repository.branch("release/v1", tiny.commit)
    tiny.repository.tag("v1", tiny.commit)

    refs = value(
        f"[[[r.name, r.ref, r.target_commit] for r in n] for n in vars(api.list_repo_refs('{NAME}')).values() if n]"
    )
    commits = value(
        f"[[[c.commit_id, c.title] for c in api.list_repo_commits('{NAME}', revision=r)] for r in (None, 'release/v1')]"
    )

    first = [tiny.commit, "Upload files"]
    assert refs == [
        [["main", "refs/heads/main", second], ["release/v1", "refs/heads/release/v1", tiny.commit]],
        [["v1", "refs/tags/v1", tiny.commit]],
    ]
    assert commits == [[[second, "Change the readme"], first], [first]]


def test_history_over_several_pages_is_whole(hub: Hub, tiny: Tiny) -> None:
    made = [tiny.commit, *(tiny.repository.commit({"n.txt": b"%d" % number}) for number in range(120))]

    assert made[::-1] == value(f"[c.commit_id for c in api.list_repo_commits('{NAME}')]")
    assert hub.count("/commits/") == 3


def test_force_push_leaves_the_old_commit_out_of_history_but_readable(tiny: Tiny) -> None:
    other = tiny.repository.commit({"README.md": b"another beginning"}, branch="other")
    tiny.repository.force_push("main", other)

    told = value(
        f"[[c.commit_id for c in api.list_repo_commits('{NAME}')], "
        f"api.model_info('{NAME}', revision='{tiny.commit}').sha]"
    )

    assert told == [[other], tiny.commit]


def test_paths_info_tells_what_was_asked_for(tiny: Tiny) -> None:
    told = value(f"[[f.path, f.size] for f in api.get_paths_info('{NAME}', ['{SHARD}', 'README.md', 'absent'])]")

    assert told == [["README.md", 7], [SHARD, 300_000]]


def test_download_follows_to_the_other_origin_without_the_token(hub: Hub, tiny: Tiny) -> None:
    assert download(NAME, SHARD, HF_TOKEN=hub.token) == FILES[SHARD]
    asked = [(r.method, r.origin, r.token) for r in hub.requests if "/resolve/" in r.path or r.origin == "cdn"]
    assert asked == [("HEAD", "hub", hub.token), ("GET", "cdn", None)]


def test_snapshot_is_what_was_committed_and_verifies(tiny: Tiny) -> None:
    tiny.repository.branch("release/v1", tiny.commit)
    tiny.repository.commit({"README.md": b"# Tiny 2\n"})

    root, mismatches, checked = value(
        f"(lambda root: (root, *(lambda v: (v.mismatches, v.checked_count))"
        f"(api.verify_repo_checksums('{NAME}', revision='release/v1'))))"
        f"(snapshot_download('{NAME}', revision='release/v1'))"
    )

    found = {path.relative_to(root).as_posix(): path.read_bytes() for path in Path(root).rglob("*") if path.is_file()}
    assert (found, mismatches, checked) == (FILES, [], len(FILES))


def test_command_downloads_into_a_directory(tiny: Tiny, tmp_path: Path) -> None:
    ran = command("download", NAME, "--include", "*.json", "--local-dir", str(tmp_path / "here"))

    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "here/transformer/config.json").read_bytes() == FILES["transformer/config.json"]
    assert not (tmp_path / "here" / SHARD).exists()


def test_command_tells_who_owns_the_token(hub: Hub) -> None:
    ran = command("auth", "whoami", HF_TOKEN=hub.token)

    assert (ran.returncode, "tester" in ran.stdout) == (0, True)


def test_renamed_repository_answers_to_its_old_name(hub: Hub, tiny: Tiny) -> None:
    hub.rename(NAME, f"{NAME}-2")

    name, path, large = value(
        f"[api.model_info('{NAME}').id, hf_hub_download('{NAME}', 'README.md'), hf_hub_download('{NAME}', '{SHARD}')]"
    )

    assert (name, Path(path).read_bytes(), Path(large).read_bytes()) == (f"{NAME}-2", FILES["README.md"], FILES[SHARD])


def test_small_files_through_the_resolve_cache_are_the_same(hub: Hub, tiny: Tiny) -> None:
    hub.faults = Faults(resolve_cache=True)

    assert download(NAME, "README.md") == FILES["README.md"]
    assert hub.count("/api/resolve-cache/", "GET") == 1


def test_repository_of_real_size_is_listed_without_its_bytes(hub: Hub) -> None:
    stated = "7cace0da2b446bbbbc57d031ab6cf163a3d59b366da94e5afe36745b746fd81d"
    hub.repository("Wan-AI/Large").commit({"models_t5.pth": Virtual(126_000_000_000, stated)})

    told = value("[[f.size, f.lfs.sha256] for f in api.list_repo_tree('Wan-AI/Large')]")

    assert told == [[126_000_000_000, stated]]


def test_client_prints_no_warning_about_the_hub(tiny: Tiny) -> None:
    ran = python_client(f"snapshot_download('{NAME}', token=False)")

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
