"""`wansync ensure`: from the lock alone to a path that a program may keep."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from inline_snapshot import snapshot

from tests.functional.output import document, shown
from tests.support.project import content, wansync

if TYPE_CHECKING:
    from tests.support.project import ProjectBuilder


def test_ensure_prints_the_path_alone(locked: ProjectBuilder) -> None:
    ran = wansync("ensure", "alpha")

    assert snapshot("""\
[STORE]/views/alpha@small/[TREE]
--- stderr
--- status 0
""") == shown(ran, locked)
    assert (Path(ran.stdout.strip()) / "transformer" / "config.json").is_file()


def test_ensure_of_several_prints_one_path_each(locked: ProjectBuilder) -> None:
    assert snapshot("""\
[STORE]/views/alpha@small/[TREE]
[STORE]/views/beta@small/[TREE]
[STORE]/components/umt5@[TREE]
--- stderr
--- status 0
""") == shown(wansync("ensure", "beta", "alpha", "umt5"), locked)


def test_ensure_with_json_says_what_it_took(locked: ProjectBuilder) -> None:
    first = document("ensure", wansync("ensure", "alpha", "--json"))
    second = document("ensure", wansync("ensure", "alpha", "--json"))

    assert (first["noop"], first["bytes_fetched"]) == (False, 12020)
    assert {**first, "noop": True, "bytes_fetched": 0} == second


def test_ensure_needs_no_manifest_and_does_not_lock(locked: ProjectBuilder) -> None:
    before = locked.lock_path.read_bytes()
    locked.manifest_path.write_text("this is no TOML")

    assert wansync("ensure", "alpha").status == 0
    assert before == locked.lock_path.read_bytes()


def test_ensure_without_lock_says_how_to_make_one(project: ProjectBuilder) -> None:
    ran = wansync("ensure", "alpha")

    assert (ran.status, ran.stdout) == (2, "")
    assert "hint: Run `wansync lock` to make it from `models.toml`, and commit it\n" in ran.stderr
    assert not project.lock_path.exists()


def test_ensure_of_nothing_is_a_usage_error(locked: ProjectBuilder) -> None:
    assert snapshot("""\
--- stderr
error: No model is named
hint: Name one, such as `wansync ensure t2v-A14B`
--- status 2
""") == shown(wansync("ensure"), locked)


def test_ensure_with_one_of_two_failing_prints_no_path(locked: ProjectBuilder) -> None:
    """A script that reads the paths must not go on with fewer than it asked for."""
    (locked.directory / "weights/beta/transformer/model.safetensors").write_bytes(content("trained on", 7000))

    ran = wansync("ensure", "alpha", "beta")

    assert (ran.status, ran.stdout) == (13, "")


def test_ensure_after_new_lock_gives_a_new_path_and_leaves_the_old(synced: ProjectBuilder) -> None:
    old = Path(wansync("ensure", "alpha").stdout.strip())
    synced.files["alpha/transformer/config.json"] = b'{"in_channels": 48}\n'
    synced.write()
    assert wansync("lock").status == 0

    new = Path(wansync("ensure", "alpha").stdout.strip())

    assert old != new
    assert [(path / "transformer" / "config.json").read_bytes() for path in (old, new)] == [
        b'{"in_channels": 16}\n',
        b'{"in_channels": 48}\n',
    ]
