"""`wansync lock --diff`, `--dry-run` and `--since`: what locking changes, for a person and for a pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.functional.output import document, shown
from tests.support.hub_project import shards
from tests.support.project import wansync

if TYPE_CHECKING:
    from tests.support.hub_project import HubProject


@pytest.fixture
def moved(hub_locked: HubProject) -> HubProject:
    """The locked project after one shard changed upstream, and the licence of the text encoder."""
    hub_locked.video.commit(shards("second"))
    hub_locked.text.license = "other"
    hub_locked.text.commit({"config.json": b'{"new": true}'})
    return hub_locked


def test_diff_says_what_an_upgrade_has_changed(moved: HubProject) -> None:
    ran = wansync("lock", "--upgrade", "--diff")

    assert snapshot("""\
  ~ expert  3.9 KiB new of 11.7 KiB
      ~ revision 405ec46 -> e0d3195
      ~ model-00002-of-00003.safetensors  3.9 KiB
  ~ umt5  13 B new of 3.9 KiB
      ~ revision 44e74fb -> bfb7dee
      ~ license mit -> other
      ~ config.json  2 B -> 13 B
  ~ vae  0 B new of 900 B
      ~ revision 405ec46 -> e0d3195

Components: 3 changed; 3.9 KiB new of 16.5 KiB (was 16.5 KiB).
--- stderr
Locked 3 components, 16.5 KiB; [PROJECT]/models.lock
--- status 0
""") == shown(ran, moved)


def test_dry_run_prints_the_same_and_writes_nothing(moved: HubProject) -> None:
    before = moved.lock_path.read_bytes()

    dry = wansync("lock", "--upgrade", "--dry-run")

    assert before == moved.lock_path.read_bytes()
    assert "Nothing written: 3 components" in dry.stderr
    assert dry.stdout == wansync("lock", "--upgrade", "--diff").stdout


def test_markdown_is_the_body_of_a_pull_request(moved: HubProject) -> None:
    ran = wansync("lock", "--upgrade", "--diff", "--format", "markdown")

    assert snapshot("""\
**Changes of models.lock**

Components: 3 changed; 3.9 KiB new of 16.5 KiB (was 16.5 KiB).

|  | Component | Change | Size | New |
| --- | --- | --- | --: | --: |
| ~ | `expert` | ~ revision `405ec46` -> `e0d3195`<br>files: 1 changed | 11.7 KiB | 3.9 KiB |
| ~ | `umt5` | ~ revision `44e74fb` -> `bfb7dee`<br>~ license `mit` -> `other`<br>files: 1 changed | 3.9 KiB | 13 B |
| ~ | `vae` | ~ revision `405ec46` -> `e0d3195` | 900 B | 0 B |

<details><summary>expert: files 1 changed</summary>

|  | File | Size | SHA-256 |
| --- | --- | --: | --- |
| ~ | `model-00002-of-00003.safetensors` | 3.9 KiB | `[TREE]` -> `[TREE]` |

</details>

<details><summary>umt5: files 1 changed</summary>

|  | File | Size | SHA-256 |
| --- | --- | --: | --- |
| ~ | `config.json` | 2 B -> 13 B | `[TREE]` -> `[TREE]` |

</details>
--- stderr
Locked 3 components, 16.5 KiB; [PROJECT]/models.lock
--- status 0
""") == shown(ran, moved)


def test_json_of_lock_holds_the_difference(moved: HubProject) -> None:
    report = document("lock-report", wansync("lock", "--upgrade", "--dry-run", "--json"))

    assert (report["written"], report["diff"]["bytes"]["new"]) == (False, 4000 + len(b'{"new": true}'))
    assert [component["id"] for component in report["diff"]["components"]] == ["expert", "umt5", "vae"]


def test_diff_of_nothing_says_so(hub_locked: HubProject) -> None:
    ran = wansync("lock", "--diff")

    assert (ran.status, ran.stdout) == (0, "")
    assert "The lock does not change\nNothing to do: 3 components" in ran.stderr


def test_since_compares_with_another_lock_without_asking_anybody(moved: HubProject) -> None:
    old = moved.directory / "old.lock"
    old.write_bytes(moved.lock_path.read_bytes())
    upgraded = wansync("lock", "--upgrade", "--diff")
    moved.hub.clear()
    moved.manifest_path.unlink()

    ran = wansync("lock", "--since", "old.lock")

    assert (ran.status, ran.stdout, moved.hub.requests) == (0, upgraded.stdout, [])
    document("lock-diff", wansync("lock", "--since", "old.lock", "--json"))


def test_since_an_unreadable_file_is_a_usage_error(hub_locked: HubProject) -> None:
    ran = wansync("lock", "--since", "absent.lock")

    assert ran.status == 2
    assert "`absent.lock` cannot be read: No such file or directory" in ran.stderr


@pytest.mark.parametrize("other", [["--upgrade"], ["--dry-run"], ["--listings", "."]])
def test_since_takes_nothing_that_locks(hub_locked: HubProject, other: list[str]) -> None:
    assert wansync("lock", "--since", "models.lock", *other).status == 2


@pytest.mark.parametrize(
    "flags",
    [
        ["--check", "--diff"],
        ["--check", "--format", "markdown"],
        ["--check", "--since", "models.lock"],
        ["--since", "models.lock", "--deny-license", "mit"],
        ["--dry-run", "--save-listings", "listings"],
    ],
    ids=" ".join,
)
def test_flags_that_cannot_both_be_meant_are_refused(hub_locked: HubProject, flags: list[str]) -> None:
    assert wansync("lock", *flags).status == 2


def test_markdown_is_never_cut(hub_project: HubProject) -> None:
    patterns = [f"a-very-long-pattern-number-{n}-*.json" for n in range(200)]
    hub_project.manifest["components"]["umt5"]["include"] = ["*.safetensors", "*.json", *patterns]
    hub_project.write()

    ran = wansync("lock", "--dry-run", "--format", "markdown")

    assert all(line.count("`") % 2 == 0 for line in ran.stdout.splitlines())
