"""`wansync lock --check`: is the lock what `wansync lock` would write? It writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from inline_snapshot import snapshot

from tests.functional.output import document, shown
from tests.support.project import content, wansync

if TYPE_CHECKING:
    from tests.support.project import ProjectBuilder


def test_check_fresh_lock_answers_yes(locked: ProjectBuilder) -> None:
    assert snapshot("""\
--- stderr
The lock satisfies the manifest
--- status 0
""") == shown(wansync("lock", "--check"), locked)


def test_check_stale_lock_answers_no_and_writes_nothing(locked: ProjectBuilder) -> None:
    before = locked.lock_path.read_bytes()
    locked.manifest["components"]["umt5"]["license"] = "apache-2.0"
    locked.manifest["models"]["beta"]["version"] = "1.1"
    locked.write()

    ran = wansync("lock", "--check")

    assert snapshot("""\
  ~ components.umt5: changed in the manifest (license)
  ~ models.beta: changed in the manifest (version)
--- stderr
The lock is stale; run `wansync lock`
--- status 1
""") == shown(ran, locked)
    assert before == locked.lock_path.read_bytes()


def test_check_changed_file_source_answers_no(locked: ProjectBuilder) -> None:
    locked.files["shared/text_encoder/model.safetensors"] = content("umt5, trained on", 4000)
    locked.write()

    assert snapshot("""\
  ~ components.umt5: its files have changed at the source
--- stderr
The lock is stale; run `wansync lock`
--- status 1
""") == shown(wansync("lock", "--check"), locked)


def test_check_reordered_lock_answers_no(locked: ProjectBuilder) -> None:
    head, *components = locked.lock_path.read_text().split("[[component]]\n")
    last, models = components.pop().split("[[model]]\n", 1)
    turned = "[[component]]\n".join([head, last, *components]) + "[[model]]\n" + models
    locked.lock_path.write_text(turned)

    assert snapshot("""\
  ~ the file is not as `wansync lock` writes it
--- stderr
The lock is stale; run `wansync lock`
--- status 1
""") == shown(wansync("lock", "--check"), locked)


def test_check_comment_in_lock_answers_no(locked: ProjectBuilder) -> None:
    locked.lock_path.write_text(locked.lock_path.read_text() + "# by hand\n")

    ran = wansync("lock", "--check")

    assert (ran.status, ran.stdout) == (1, "  ~ the file is not as `wansync lock` writes it\n")


def test_check_crlf_checkout_answers_yes(locked: ProjectBuilder) -> None:
    """Git on Windows may check out CRLF where `.gitattributes` is not obeyed."""
    for path in (locked.lock_path, locked.manifest_path):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    ran = wansync("lock", "--check")

    assert (ran.status, ran.stderr) == (0, "The lock satisfies the manifest\n")


def test_check_with_json_lists_the_differences(locked: ProjectBuilder) -> None:
    locked.manifest["components"]["spare"] = locked.component("vae", "shared", "text_encoder")
    locked.write()

    ran = wansync("lock", "--check", "--json")

    assert ran.status == 1
    assert document("lock-check", ran) == {
        "format_version": "1.0",
        "path": str(locked.lock_path),
        "fresh": False,
        "differences": ["components.spare: not in the lock"],
    }


def test_check_takes_no_listings(locked: ProjectBuilder) -> None:
    ran = wansync("lock", "--check", "--listings", ".")

    assert (ran.status, ran.stdout) == (2, "")
    assert ran.stderr.splitlines() == [
        "error: `--check` only says yes or no, so it does not go with `--listings`",
        "hint: Leave out `--listings` or `--check`",
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [(40, 40), (40, 41), (4, 4.0), (1, True), ("a", "b"), ([1], [1.0]), (1.5, 1.5)],
    ids=repr,
)
def test_check_agrees_with_what_lock_then_does(project: ProjectBuilder, before: Any, after: Any) -> None:  # noqa: ANN401
    defaults = project.manifest["models"]["alpha"]["defaults"] = {"steps": before}
    project.write()
    assert wansync("lock").status == 0
    defaults["steps"] = after
    project.write()

    fresh = document("lock-check", wansync("lock", "--check", "--json"))["fresh"]

    assert fresh is not document("lock-report", wansync("lock", "--json"))["written"]


@pytest.mark.parametrize("number", ["nan", "-inf", "1e308", "9007199254740993"])
def test_check_after_lock_is_fresh_whatever_the_number(project: ProjectBuilder, number: str) -> None:
    """A number that the manifest may hold must not make a lock that is stale for ever; refusing it is fine."""
    project.manifest["models"]["alpha"]["defaults"] = {"steps": 4711}
    project.write()
    project.manifest_path.write_text(project.manifest_path.read_text().replace("4711", number))

    ran = wansync("lock")

    assert ran.status == 2 or wansync("lock", "--check").status == 0
