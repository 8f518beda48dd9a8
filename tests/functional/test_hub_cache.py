"""What the user's Hugging Face cache has is taken from there instead of the network."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.functional.output import document, shown
from tests.support.hub_cache import HubCacheBuilder, fill, from_hub
from tests.support.project import wansync

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.project import ProjectBuilder

BETA = "beta/transformer/model.safetensors"
CONFIG = "beta/transformer/config.json"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="this cache is made of symbolic links")


@pytest.fixture
def cache(project: ProjectBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HubCacheBuilder:
    """An empty cache, and a project that comes from the Hub and is locked."""
    from_hub(project)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return HubCacheBuilder(tmp_path / "hub")


def without_mode(text: str) -> str:
    return re.sub(r"cache \(\w+\)", "cache ([MODE])", text)


def test_plan_says_what_comes_from_the_cache(project: ProjectBuilder, cache: HubCacheBuilder) -> None:
    fill(cache, project, BETA)

    assert snapshot("""\
wansync will perform the following actions:
store: [STORE] ([FS], [SIZE] free, reserve 0 B)

  + alpha@small           4 files      0 B  to fetch
     + alpha-transformer  3 files      0 B  7.8 KiB from the Hugging Face cache
     + umt5                1 file      0 B  3.9 KiB from the Hugging Face cache
  + beta@small            3 files  6.8 KiB  to fetch
     + beta-transformer   2 files  6.8 KiB  20 B from the Hugging Face cache
          hf:test/beta @ c8c270b
     = umt5               shared with alpha@small  0 B

Plan: 2 to add.
Fetch 6.8 KiB, take 11.8 KiB from the Hugging Face cache, link 7 files,
peak disk +6.8 KiB, after: [SIZE] free.
As separate folders 22.5 KiB, in the store 18.6 KiB: 3.9 KiB is shared.
--- stderr
--- status 0
""") == shown(wansync("plan"), project)
    assert not project.models_root.exists()


def test_plan_with_json_counts_what_comes_from_the_cache(project: ProjectBuilder, cache: HubCacheBuilder) -> None:
    fill(cache, project, BETA)

    plan = document("plan", wansync("plan", "--json"))

    expected = {"fetch": 7000, "resume": 0, "adopt": 12040, "check": 0, "shared": 0, "present": 0, "link": 7}
    assert expected | {"copy": 0, "free_after_gc": 0} == plan["bytes"]
    assert plan["disk"]["peak"] == 7000
    (beta,) = (action for action in plan["actions"] if action["id"] == "beta-transformer")
    assert [(file["path"], file["action"]) for file in beta["files"]] == [
        ("config.json", "adopt"),
        ("model.safetensors", "fetch"),
    ]


def test_sync_offline_takes_everything_from_the_cache(project: ProjectBuilder, cache: HubCacheBuilder) -> None:
    fill(cache, project)
    before = cache.contents()

    ran = wansync("sync", "--offline")

    assert snapshot("""\
alpha@small  [STORE]/views/alpha@small/[TREE]
beta@small  [STORE]/views/beta@small/[TREE]
--- stderr
Synced 2 views: fetched 0 B, took 18.6 KiB from the Hugging Face cache ([MODE]), linked 7 files ([MODE])
--- status 0
""") == without_mode(shown(ran, project))
    assert before == cache.contents()
    assert wansync("sync", "--offline").stderr == "Nothing to do: 2 views ready\n"
    assert wansync("verify").status == 0


def test_sync_with_json_says_what_came_from_the_cache(project: ProjectBuilder, cache: HubCacheBuilder) -> None:
    fill(cache, project)

    report = document("sync", wansync("sync", "--offline", "--json"))

    assert report["bytes"] == {"fetched": 0, "resumed": 0, "adopted": 19040, "checked": 0, "already": 0}


def test_sync_offline_counts_only_what_the_cache_has_not(project: ProjectBuilder, cache: HubCacheBuilder) -> None:
    fill(cache, project, BETA)

    ran = wansync("sync", "--offline")

    assert snapshot("""\
--- stderr
error: Not here, and not to be had with `--offline`: 1 file, 6.8 KiB
hint: Run the command once without `--offline`, WANSYNC_OFFLINE and HF_HUB_OFFLINE
--- status 18
""") == shown(ran, project)
    assert wansync("sync", "--offline", "alpha").status == 0


@pytest.mark.parametrize("way", ["option", "variable", "choice"])
def test_cache_that_is_switched_off_is_not_used(
    project: ProjectBuilder, cache: HubCacheBuilder, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    fill(cache, project)
    if way == "choice":
        assert project.api(no_hub_cache=True).plan().plan.to_adopt == 0
        return
    if way == "variable":
        monkeypatch.setenv("WANSYNC_NO_HUB_CACHE", "1")
    options = ["--no-hub-cache"] if way == "option" else []

    assert document("plan", wansync("plan", "--json", *options))["bytes"]["adopt"] == 0
    assert document("plan", wansync("sync", "--dry-run", "--json", *options))["bytes"]["adopt"] == 0
    assert wansync("sync", "--offline", *options).status == 18


@pytest.mark.parametrize(
    "variables",
    [
        {"HF_HUB_CACHE": "{hub}"},
        {"HUGGINGFACE_HUB_CACHE": "{hub}"},
        {"HF_HOME": "{home}"},
        {"XDG_CACHE_HOME": "{home}"},
        {"HF_HUB_CACHE": "$PLACE", "PLACE": "{hub}"},
        {"HOME": "{home}", "HF_HUB_CACHE": "~/hub"},
    ],
    ids="+".join,
)
def test_cache_is_found_where_the_variables_put_it(
    project: ProjectBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    from_hub(project)
    home = tmp_path / "somewhere"
    hub = home / "huggingface" / "hub" if "XDG_CACHE_HOME" in variables else home / "hub"
    fill(HubCacheBuilder(hub), project)
    for name, value in variables.items():
        monkeypatch.setenv(name, value.format(hub=hub, home=home))

    assert document("plan", wansync("plan", "--json"))["bytes"]["adopt"] == 19040


def test_user_whom_the_system_does_not_know_has_no_cache(
    project: ProjectBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a container that runs under a number."""

    def unknown(number: int) -> None:
        raise KeyError(number)

    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", unknown)

    assert wansync("sync").status == 0


def test_cached_file_with_wrong_bytes_is_said_and_left_alone(project: ProjectBuilder, cache: HubCacheBuilder) -> None:
    fill(cache, project)
    blob = cache.repository("test/beta") / "blobs" / project.blob(BETA).name
    blob.write_bytes(b"x" * 7000)
    mode = blob.stat().st_mode

    ran = wansync("sync", "--offline")

    assert ran.status == 3
    wrong = f"model.safetensors: not taken from the Hugging Face cache: {blob} has other bytes or is unreadable\n"
    assert wrong in ran.stderr
    assert ": `hf:test/beta` needs the network, and this run is offline\n" in ran.stderr
    assert (blob.read_bytes(), blob.stat().st_mode) == (b"x" * 7000, mode)
    assert "alpha@small" in ran.stdout


def test_file_that_a_local_source_has_too_is_taken_from_the_cache(
    project: ProjectBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The digest counts, not where the lock says that the bytes come from."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    HubCacheBuilder(tmp_path / "hub").add("test/any", "any.safetensors", project.files[BETA])

    report = document("sync", wansync("sync", "--json"))

    assert (report["bytes"]["adopted"], report["bytes"]["fetched"]) == (7000, 12040)
