"""`wansync pin`: what a person wants kept stays, whatever projects name."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.functional.output import document
from tests.support.project import content, wansync
from wansync.digest import Digest

if TYPE_CHECKING:
    from tests.support.project import ProjectBuilder, Ran

BETA = "beta/transformer/model.safetensors"


def shown(ran: Ran) -> str:
    """Return all that a run said, without ids and dates."""
    text = f"{ran.stdout}--- stderr\n{ran.stderr}--- status {ran.status}\n"
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "[MINUTE]", re.sub(r"\b[0-9a-f]{16}\b", "[PIN]", text))


def train(project: ProjectBuilder) -> None:
    """Let a new lock be synced, so that only garbage collection knows the old bytes."""
    project.files[BETA] = content("trained on", 7000)
    project.write()
    assert (wansync("lock").status, wansync("sync").status) == (0, 0)


def test_gc_keeps_what_is_pinned_until_the_pin_is_removed(synced: ProjectBuilder) -> None:
    old = synced.blob(BETA)

    assert snapshot("""\
PIN               NAME        PROJECT      SIZE      HERE  SINCE             REASON
[PIN]  beta@small  app      10.8 KiB  10.8 KiB  [MINUTE]  the last good one
--- stderr
Pinned 1 time: [PIN]
--- status 0
""") == shown(wansync("pin", "beta", "--reason", "the last good one"))
    train(synced)
    kept = document("gc", wansync("gc", "--json", "--yes"))
    assert (kept["blobs"], old.is_file()) == ([], True)

    assert snapshot("""\
--- stderr
Unpinned 1 time: [PIN]
Nothing is pinned
--- status 0
""") == shown(wansync("pin", "--remove", "beta@small"))
    removed = document("gc", wansync("gc", "--json", "--yes"))
    assert ([blob["sha256"] for blob in removed["blobs"]], old.exists()) == ([old.name], False)


def test_pin_of_a_component_or_a_few_digits_keeps_that_alone(synced: ProjectBuilder) -> None:
    digest = synced.blob(BETA).name

    pins = document("pin", wansync("pin", "umt5", digest[:8], "--json"))["pins"]

    assert {pin["name"]: (pin["files"], pin["bytes"], pin["bytes_here"]) for pin in pins} == {
        "umt5": (1, 4000, 4000),
        digest: (1, 7000, 7000),
    }


def test_pin_before_the_first_sync_keeps_what_comes(locked: ProjectBuilder) -> None:
    report = document("pin", wansync("pin", "umt5", "--json"))

    assert [(pin["bytes"], pin["bytes_here"]) for pin in report["pins"]] == [(4000, 0)]


def test_pin_twice_is_one_pin(synced: ProjectBuilder) -> None:
    first = document("pin", wansync("pin", "umt5", "--json"))
    again = document("pin", wansync("pin", "umt5", "--json"))

    assert (len(first["added"]), again["added"], len(again["pins"])) == (1, [], 1)


def test_pin_of_other_bytes_under_the_same_name_keeps_both(synced: ProjectBuilder) -> None:
    wansync("pin", "beta-transformer")
    old = synced.blob(BETA)
    train(synced)
    wansync("pin", "beta-transformer")

    wansync("gc", "--yes")

    assert (old.is_file(), synced.blob(BETA).is_file()) == (True, True)
    assert len(document("pin", wansync("pin", "--remove", "beta-transformer", "--json"))["removed"]) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["unt5"],
            "error: `unt5` is no model, no component, and no digest of this project or its store\nhint: Did you",
        ),
        (["0123ab"], "error: `0123ab` is no model"),
        (["beta@big"], "error: `beta` has no variant `big`"),
        (["--remove", "umt5"], "error: There is no pin `umt5`\nhint: Known: none"),
        (["--remove"], "error: These options do not go together"),
        (["--list", "umt5"], "error: These options do not go together"),
    ],
    ids=" ".join,
)
def test_pin_of_what_is_not_there_says_so(synced: ProjectBuilder, arguments: list[str], said: str) -> None:
    ran = wansync("pin", *arguments)

    assert (ran.status, ran.stdout) == (2, "")
    assert ran.stderr.startswith(said)


def test_pin_by_digits_that_two_blobs_have_names_both(synced: ProjectBuilder) -> None:
    for last in "ab":
        blob = synced.layout.blob(Digest("0" * 63 + last))
        blob.parent.mkdir(exist_ok=True)
        blob.write_bytes(b"")

    ran = wansync("pin", "000000")

    assert (ran.status, ran.stderr.splitlines()[0]) == (2, "error: 2 digests begin with `000000`")


def test_gc_with_a_damaged_pin_refuses_until_the_hint_was_followed(synced: ProjectBuilder) -> None:
    wansync("pin", "umt5")
    (record,) = (synced.layout.state / "pins").iterdir()
    record.write_bytes(b"torn")

    refused = wansync("gc", "--yes")
    listed = wansync("pin", "--list")

    assert refused.status == 19
    assert "hint: See it with `wansync pin --list`" in refused.stderr
    assert f"hint: Remove it with `wansync pin --remove {record.stem}`" in listed.stderr
    assert wansync("pin", "--remove", record.stem).status == 0
    assert wansync("gc", "--yes").status == 0


def test_pins_before_there_is_a_store_are_none(locked: ProjectBuilder) -> None:
    assert shown(wansync("pin")) == "--- stderr\nNothing is pinned\n--- status 0\n"
    assert not locked.models_root.exists()


def test_pin_in_the_api_is_the_same(synced: ProjectBuilder) -> None:
    api = synced.api()

    made = api.pin("umt5", reason="why\x1b[31m not")

    assert [pin.reason for pin in api.pin().pins] == ["why\\x1b[31m not"]
    assert api.unpin(*made.added).pins == ()


def test_pin_goes_by_the_word_that_made_it(synced: ProjectBuilder) -> None:
    made = document("pin", wansync("pin", "alpha", "beta", "--json"))["added"]

    removed = document("pin", wansync("pin", "--remove", "Alpha", "--json"))

    assert (len(made), len(removed["removed"])) == (2, 1)
    assert [pin["name"] for pin in removed["pins"]] == ["beta@small"]
    assert wansync("pin", "--remove", "bta").stderr.endswith("hint: Did you mean `beta`?\n")
    assert wansync("pin", "--remove", "beta@large").status == 2
