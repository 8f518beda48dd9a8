"""`wansync plan` at a terminal: as wide as it, and symbols coloured unless unwanted. And the time a fetch takes."""

from __future__ import annotations

import json
import os
import re
import sys
from typing import TYPE_CHECKING

import pexpect
import pytest
from inline_snapshot import snapshot

from tests.functional.output import document
from tests.support.hub import Faults
from tests.support.project import content, wansync
from wansync.digest import Digest
from wansync.store.layout import StoreLayout

if TYPE_CHECKING:
    from pathlib import Path

    from tests.functional.mirrors import Fleet
    from tests.support.hub_project import HubProject
    from tests.support.project import ProjectBuilder

MIB = 2**20
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
FREE = re.compile(r"[0-9.]+ [KMGT]?i?B free")


def at_terminal(width: int, *arguments: str, **variables: str) -> str:
    """Return what the program says at a terminal of that many columns."""
    child = pexpect.spawn(
        sys.executable,
        ["-m", "wansync", *arguments],
        env={**os.environ, "TERM": "xterm", **variables},
        dimensions=(60, width),
        encoding="utf-8",
        timeout=30,
    )
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    said: str = child.before
    return said.replace("\r\n", "\n")


def test_plan_at_a_wide_terminal_needs_no_second_lines(repository: Path) -> None:
    said = at_terminal(120, "plan", "--profile", "prod", "--min-free", "0")

    rows = COLOUR.sub("", said).split("\n\n")[1]
    assert (
        snapshot("""\
  + i2v-A14B@native                22 files  117.5 GiB  to fetch
     + i2v-high-noise               8 files   53.2 GiB  hf:Wan-AI/Wan2.2-I2V-A14B @ 206a9ee
     + i2v-low-noise                8 files   53.2 GiB
     + umt5-native                   1 file   10.6 GiB  hf:Wan-AI/Wan2.2-T2V-A14B @ c8c270b
     + umt5-tokenizer-native        4 files   16.1 MiB  4.3 MiB shared with umt5-tokenizer-diffusers
     + wan21-vae-native              1 file  484.1 MiB
  + t2v-A14B@native                22 files  106.5 GiB  to fetch
     + t2v-high-noise               8 files   53.2 GiB  hf:Wan-AI/Wan2.2-T2V-A14B @ c8c270b
     + t2v-low-noise                8 files   53.2 GiB
     = umt5-native                 shared with i2v-A14B@native  0 B
     = umt5-tokenizer-native       shared with i2v-A14B@native  0 B
     = wan21-vae-native            shared with i2v-A14B@native  0 B
  + ti2v-5B@diffusers              20 files   31.9 GiB  to fetch
     + ti2v-pipeline-diffusers      2 files    1.3 KiB  hf:Wan-AI/Wan2.2-TI2V-5B-Diffusers @ b8fff73
     + ti2v-transformer-diffusers   7 files   18.6 GiB
     + umt5-diffusers               5 files   10.6 GiB
     + umt5-tokenizer-diffusers     4 files   20.5 MiB
     + wan22-vae-diffusers          2 files    2.6 GiB\
""")
        == rows
    )


@pytest.mark.parametrize("width", [40, 60, 80, 100, 160])
def test_plan_fits_the_terminal(repository: Path, width: int) -> None:
    said = COLOUR.sub("", at_terminal(width, "plan", "--profile", "prod"))
    rows = said.partition("warning:")[0].splitlines()

    assert [line for line in rows if len(line) > width and len(line.split()) > 1 + line.startswith("store: ")] == []
    said = " ".join(said.split())
    assert all(id_ in said for id_ in ("ti2v-transformer-diffusers", "umt5-tokenizer-native", "@ 206a9ee"))


@pytest.mark.parametrize(("variables", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)], ids=str)
def test_symbols_at_a_terminal_are_coloured_unless_unwanted(
    locked: ProjectBuilder, variables: dict[str, str], *, coloured: bool
) -> None:
    said = at_terminal(80, "plan", **variables)

    assert ("\x1b[" in said) is coloured
    # The meaning is in the symbols.
    plain = at_terminal(80, "plan", NO_COLOR="1")
    # Others use the disk meanwhile.
    assert FREE.sub("", COLOUR.sub("", said)) == FREE.sub("", plain)


def test_plan_without_a_terminal_is_not_coloured(locked: ProjectBuilder) -> None:
    assert "\x1b" not in wansync("plan").stdout


@pytest.fixture
def big(hub_project: HubProject) -> HubProject:
    """A project of which a file at the hub is large enough to measure by."""
    hub_project.video.commit({"vae/vae.safetensors": content("big", 9 * MIB)})
    assert wansync("lock").status == 0
    return hub_project


def rate(project: ProjectBuilder) -> int:
    record = json.loads((project.layout.state / "rate.json").read_bytes())
    measured: int = record["bytes_per_second"]
    return measured


def test_plan_after_a_sync_that_fetched_says_how_long_it_takes(big: HubProject) -> None:
    assert document("plan", wansync("plan", "--json"))["eta"] is None
    assert "ETA" not in wansync("plan").stdout
    big.hub.faults = Faults(chunk_delay=0.05, only="vae.safetensors")
    assert wansync("sync", "--jobs", "1").status == 0
    big.hub.faults = Faults()

    # 36 pieces of 256 KiB, each 0.05 s late: not faster than that, and the disk is no matter of seconds.
    assert 0 < rate(big) < 9 * MIB / 1.7
    big.video.commit({"vae/vae.safetensors": content("bigger", 20 * MIB)})
    assert wansync("lock", "--upgrade").status == 0
    plan = document("plan", wansync("plan", "--json"))
    assert plan["eta"]["bytes_per_second"] == rate(big)
    assert plan["eta"]["bytes"] == plan["bytes"]["fetch"] == 20 * MIB
    assert plan["eta"]["seconds"] == -(-20 * MIB // rate(big))
    assert re.search(r"ETA (under 1 min|~\d+ min) at [\d.]+ MiB/s\.", " ".join(wansync("plan").stdout.split()))


def test_sync_that_fetches_little_or_from_a_directory_measures_nothing(hub_locked: HubProject, tmp_path: Path) -> None:
    assert wansync("sync").status == 0

    assert not (hub_locked.layout.state / "rate.json").exists()


def test_plan_of_local_sources_gives_no_time(synced: ProjectBuilder) -> None:
    (synced.layout.state / "rate.json").write_text('{"version": 1, "bytes_per_second": 1000}')
    synced.files["beta/transformer/model.safetensors"] = content("beta, trained further", 7000)
    synced.write()
    assert wansync("lock").status == 0

    plan = document("plan", wansync("plan", "--json"))

    assert (plan["bytes"]["fetch"], plan["eta"]) == (7000, None)


def test_time_of_a_plan_is_for_what_no_directory_has(fleet: Fleet) -> None:
    """A mirror that is a directory has all but the text encoder; one that is asked after the sources gives nothing."""
    fleet.filled()
    fleet.encoder.unlink()
    store = fleet.machine("second")
    store.mkdir()
    (store / ".state").mkdir()
    (store / ".state/rate.json").write_text('{"version": 1, "bytes_per_second": 100}')

    near = document("plan", wansync("plan", "--json"))
    fleet.use(f"nas=file:{fleet.mirror},priority=200")
    late = document("plan", wansync("plan", "--json"))

    assert (near["eta"]["bytes"], near["eta"]["seconds"]) == (4000, 40)
    assert near["bytes"]["fetch"] == late["bytes"]["fetch"] == late["eta"]["bytes"] > 4000


def test_bytes_of_a_directory_beside_slow_ones_of_a_server_are_no_rate(
    big: HubProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The directory has 9 MiB; all else is a few KiB that take longer than a second."""
    assert wansync("sync").status == 0
    mirror = tmp_path / "mirror"
    vae = big.layout.blob(Digest.of(content("big", 9 * MIB)))
    copy = StoreLayout(mirror).blob(Digest(vae.name))
    copy.parent.mkdir(parents=True)
    copy.write_bytes(vae.read_bytes())
    monkeypatch.setenv("MODELS_ROOT", str(tmp_path / "second"))
    monkeypatch.setenv("WANSYNC_MIRRORS", f"nas=file:{mirror}")
    big.hub.faults = Faults(chunk_delay=1.2, only="model.safetensors")

    assert wansync("sync").status == 0

    assert not (StoreLayout(tmp_path / "second").state / "rate.json").exists()
