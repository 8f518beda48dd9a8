"""`wansync lock` that fails, wholly or in part: it says what is wrong, where, and what to do."""
# ruff: noqa: E501 (what the program prints is quoted as it is)

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from inline_snapshot import snapshot

from tests.functional.output import document, shown
from tests.support.project import content, wansync

if TYPE_CHECKING:
    from tests.support.project import ProjectBuilder


def test_lock_with_unreachable_source_keeps_its_old_entry_and_goes_on(locked: ProjectBuilder) -> None:
    before = tomllib.loads(locked.lock_path.read_text())["component"]
    locked.files["alpha/transformer/config.json"] = b'{"in_channels": 48}\n'
    locked.write()
    (locked.directory / "weights/beta").rename(locked.directory / "weights/elsewhere")

    ran = wansync("lock")

    assert snapshot("""\
  ~ alpha-transformer
--- stderr
error: `file:weights/beta` cannot be listed: No such file or directory (needed by beta-transformer)
hint: Check `source` and `subfolder` in `models.toml`, and that the files are where they were locked
warning: The components of failed sources keep their old entries
Locked 3 components, 18.6 KiB; [PROJECT]/models.lock
--- status 3
""") == shown(ran, locked)
    after = tomllib.loads(locked.lock_path.read_text())["component"]
    assert [old["id"] for old, new in zip(before, after, strict=True) if old != new] == ["alpha-transformer"]


def test_lock_with_unreachable_source_lists_the_failure_in_json(locked: ProjectBuilder) -> None:
    (locked.directory / "weights/beta").rename(locked.directory / "weights/elsewhere")

    ran = wansync("lock", "--json")

    report = document("lock-report", ran)
    assert (ran.status, report["written"], [f["code"] for f in report["failures"]]) == (3, False, ["NOT_FOUND"])


def test_lock_with_unreachable_source_and_no_old_entry_writes_nothing(project: ProjectBuilder) -> None:
    (project.directory / "weights/beta").rename(project.directory / "weights/elsewhere")

    ran = wansync("lock")

    assert ran.status == 11
    assert (
        "error: `file:weights/beta` cannot be listed: No such file or directory (needed by beta-transformer)\n"
        in ran.stderr
    )
    assert not project.lock_path.exists()


def test_lock_with_changed_request_and_unreachable_source_fails(locked: ProjectBuilder) -> None:
    before = locked.lock_path.read_bytes()
    locked.manifest["components"]["beta-transformer"]["exclude"] = ["config.json"]
    locked.write()
    (locked.directory / "weights/beta").rename(locked.directory / "weights/elsewhere")

    assert wansync("lock").status == 11
    assert before == locked.lock_path.read_bytes()


def test_lock_with_circle_of_requires_prints_it(project: ProjectBuilder) -> None:
    for id_, required in (("alpha-transformer", "umt5"), ("umt5", "beta-transformer"), ("beta-transformer", "umt5")):
        project.manifest["components"][id_]["requires"] = [required]
    project.write()

    assert snapshot("""\
--- stderr
error: Components require each other in a circle: `beta-transformer` -> `umt5` -> `beta-transformer`
hint: Remove one of the `requires`, for example in `components.beta-transformer`
--- status 2
""") == shown(wansync("lock"), project)


def test_lock_with_two_files_at_one_place_of_a_view_names_both(project: ProjectBuilder) -> None:
    slots = {"transformer": ["alpha-transformer", "beta-transformer"]}
    project.manifest["models"]["alpha"] = project.model("t2v", slots)
    project.write()

    assert snapshot("""\
--- stderr
error: Project `app` cannot be locked: two files of the view `alpha@small` stand at `transformer/config.json`
hint: Mount the components in different slots, or leave a file out with `exclude`
--- status 2
""") == shown(wansync("lock"), project)


def test_lock_refuses_pickle_until_it_is_allowed(project: ProjectBuilder) -> None:
    project.files["shared/text_encoder/model.pth"] = content("pickle", 100)
    project.write()
    refused = wansync("lock")
    assert snapshot("""\
--- stderr
error: The component `umt5` takes `model.pth`, a format that can run code when it is loaded
hint: Use the safetensors files of the model (exclude `*.pth`, `*.bin`, `*.ckpt`, `*.pt`, `*.pkl`, `*.pickle`), or opt in with `pickle = "allow"` in `components.umt5`
--- status 16
""") == shown(refused, project)

    project.manifest["components"]["umt5"]["pickle"] = "allow"
    project.write()

    assert wansync("lock").status == 0


def test_lock_refuses_pickle_until_it_is_excluded_as_the_hint_says(project: ProjectBuilder) -> None:
    project.files["shared/text_encoder/model.pth"] = content("pickle", 100)
    project.manifest["components"]["umt5"]["exclude"] = ["*.pth"]
    project.write()

    assert wansync("lock").status == 0


def test_lock_with_missing_shard_names_it(project: ProjectBuilder) -> None:
    index = b'{"weight_map": {"a": "model-00003-of-00003.safetensors"}}'
    project.files["alpha/transformer/model.safetensors.index.json"] = index
    project.write()

    assert snapshot("""\
--- stderr
error: `model.safetensors.index.json` of the component `alpha-transformer` names the shard `model-00003-of-00003.safetensors`, which it does not take
hint: Widen `include`, or tell the owner of the repository that it is incomplete
--- status 2
""") == shown(wansync("lock"), project)


def test_lock_leaves_a_newer_minor_format_alone(locked: ProjectBuilder) -> None:
    """A tool that does not know all keys would lose them; reading goes on to work."""
    newer = locked.lock_path.read_bytes().replace(b"minor = 0\n", b"minor = 7\nfuture = true\n")
    locked.lock_path.write_bytes(newer)
    assert wansync("status").status == 0

    ran = wansync("lock")

    assert (ran.status, ran.stdout) == (2, "")
    assert "hint: Upgrade wansync" in ran.stderr
    assert newer == locked.lock_path.read_bytes()


def test_lock_leaves_a_newer_major_format_alone(locked: ProjectBuilder) -> None:
    newer = locked.lock_path.read_bytes().replace(b"version = 1\n", b"version = 2\n", 1)
    locked.lock_path.write_bytes(newer)

    ran = wansync("lock")

    assert snapshot("""\
--- stderr
error: Invalid lock `models.lock`, `version`: this wansync understands version 1, not 2
hint: Upgrade wansync
--- status 2
""") == shown(ran, locked)
    assert newer == locked.lock_path.read_bytes()


def test_lock_with_unsafe_name_that_is_excluded_as_the_hint_says_works(project: ProjectBuilder) -> None:
    project.files["alpha/transformer/draft: 1.json"] = b"{}"
    project.write()
    refused = wansync("lock")
    assert refused.status == 2
    assert "leave it out with `include` or `exclude`" in refused.stderr

    project.manifest["components"]["alpha-transformer"]["exclude"] = ["draft*"]
    project.write()

    assert wansync("lock").status == 0


def test_lock_does_not_mind_an_unsafe_name_that_no_component_takes(project: ProjectBuilder) -> None:
    project.files["alpha/notes: to do.txt"] = b"outside of every subfolder"
    project.write()

    assert wansync("lock").status == 0


def test_lock_without_recorded_listings_in_the_directory_says_so(project: ProjectBuilder) -> None:
    (project.directory / "listings" / "old.json").mkdir(parents=True)

    empty = wansync("lock", "--listings", "nowhere")
    odd = wansync("lock", "--listings", "listings")

    assert (empty.status, odd.status) == (2, 2)
    assert "hint: Record them with `wansync lock --save-listings DIR`\n" in empty.stderr


def test_lock_that_cannot_be_read_is_no_fault_of_the_manifest(project: ProjectBuilder) -> None:
    project.lock_path.mkdir()

    ran = wansync("status", "--json")

    assert (ran.status, document("error", ran)["error"]["code"]) == (2, "INVALID_LOCK")
