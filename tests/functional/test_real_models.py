"""The real WAN2.2 models, locked and planned without a network: `models.lock` of this repository and its plan."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from inline_snapshot import snapshot

from tests.conftest import REPOSITORY
from tests.functional.output import document
from tests.support.project import wansync

if TYPE_CHECKING:
    from pathlib import Path

LISTINGS = "examples/wan22/listings"
FACTS: dict[str, Any] = json.loads((REPOSITORY / "examples/wan22/facts.json").read_text(encoding="utf-8"))


def published(repository: str, *beginnings: str) -> dict[str, tuple[str, int]]:
    """Return the digest and the size of the files of a repository whose path begins in one of these ways."""
    files = FACTS[f"Wan-AI/{repository}"]["files"]
    return {file["path"]: (file["sha256"], file["size"]) for file in files if file["path"].startswith(beginnings)}


EXPERTS = ("high_noise_model/", "low_noise_model/")
SHARED = published("Wan2.2-T2V-A14B", "models_t5_", "google/", "Wan2.1_VAE")
PARTS = ("model_index.json", "scheduler/", "text_encoder/", "tokenizer/", "transformer/", "vae/")
VIEWS = {
    "i2v-A14B@native": SHARED | published("Wan2.2-I2V-A14B", *EXPERTS),
    "t2v-A14B@native": SHARED | published("Wan2.2-T2V-A14B", *EXPERTS),
    "ti2v-5B@diffusers": published("Wan2.2-TI2V-5B-Diffusers", *PARTS),
}
"""The files of the profile `prod`, from the facts alone."""


def folders(*names: str) -> int:
    """Return the bytes of views as separate folders."""
    return sum(size for name in names for _, size in VIEWS[name].values())


def union(*names: str) -> int:
    """Return the bytes of all digests of views, each once."""
    return sum(dict(file for name in names for file in VIEWS[name].values()).values())


# Lock


def test_lock_from_listings_gives_the_committed_bytes(repository: Path) -> None:
    (repository / "models.lock").unlink()

    ran = wansync("lock", "--listings", LISTINGS)

    assert (ran.status, ran.stderr) == (0, f"Locked 26 components, 277.1 GiB; {repository}/models.lock\n")
    assert (REPOSITORY / "models.lock").read_bytes() == (repository / "models.lock").read_bytes()


def test_lock_from_listings_records_them_again_as_they_are(repository: Path) -> None:
    assert wansync("lock", "--listings", LISTINGS, "--save-listings", "again").status == 0

    first, again = ({path.name: path.read_bytes() for path in (repository / d).iterdir()} for d in (LISTINGS, "again"))
    assert first.items() <= again.items()


def test_lock_from_listings_still_needs_the_local_sources(repository: Path) -> None:
    (repository / "models.lock").unlink()
    shutil.rmtree(repository / "examples/tiny-wan/ti2v-5B")

    ran = wansync("lock", "--listings", LISTINGS)

    assert ran.status == 11
    assert ran.stderr.startswith("error: `file:examples/tiny-wan/ti2v-5B` cannot be listed: No such file or directory")
    assert not (repository / "models.lock").exists()


@pytest.mark.parametrize("arguments", [["lock"], ["lock", "--check"]], ids=" ".join)
def test_lock_with_nothing_changed_asks_no_remote_source(repository: Path, arguments: list[str]) -> None:
    """A source that is asked for without a network fails; here it would be status 3."""
    ran = wansync(*arguments)

    assert (ran.status, ran.stdout) == (0, "")
    assert (REPOSITORY / "models.lock").read_bytes() == (repository / "models.lock").read_bytes()


def test_sync_of_the_tiny_models_leaves_the_lock_alone(repository: Path) -> None:
    report = document("sync", wansync("sync", "--no-frozen", "--json"))

    assert (report["complete"], sorted(report["views"])) == (True, ["i2v-A14B@tiny", "t2v-A14B@tiny", "ti2v-5B@tiny"])
    assert (REPOSITORY / "models.lock").read_bytes() == (repository / "models.lock").read_bytes()


# Plan


def test_plan_of_prod_is_exact_to_the_byte(repository: Path) -> None:
    plan = document("plan", wansync("plan", "--profile", "prod", "--json"))

    assert plan["selection"] == sorted(VIEWS)
    assert plan["bytes"]["fetch"] == plan["disk"]["peak"] == union(*VIEWS) == 274707634880
    assert plan["bytes"]["fetch"] == sum(action["bytes"]["fetch"] for action in plan["actions"])
    links = {view["view"].split("/")[1]: view["links"] for view in plan["views"]}
    assert links == {name: len(files) for name, files in VIEWS.items()}
    assert {action["action"] for action in plan["actions"]} == {"add"}


def test_plan_of_prod_fetches_what_t2v_and_i2v_share_once(repository: Path) -> None:
    plan = document("plan", wansync("plan", "--profile", "prod", "--json"))

    both = [action for action in plan["actions"] if len(action["models"]) > 1]
    assert [action["id"] for action in both] == ["umt5-native", "umt5-tokenizer-native", "wan21-vae-native"]
    assert {tuple(action["models"]) for action in both} == {("i2v-A14B@native", "t2v-A14B@native")}
    shared = {(file["sha256"], file["size"]) for action in both for file in action["files"]}
    assert shared == set(VIEWS["t2v-A14B@native"].values()) & set(VIEWS["i2v-A14B@native"].values())
    assert sum(size for _, size in shared) == 11890984379


@pytest.mark.parametrize("models", [["t2v-A14B@native"], ["i2v-A14B@native"], ["ti2v-5B@diffusers"]], ids=str)
def test_plan_of_one_model_is_exact_to_the_byte(repository: Path, models: list[str]) -> None:
    plan = document("plan", wansync("plan", *models, "--json"))

    assert plan["bytes"]["fetch"] == union(*models)


@pytest.mark.parametrize("reserve", ["0", "100%"])
def test_plan_of_prod_says_whether_it_fits(repository: Path, reserve: str) -> None:
    ran = wansync("plan", "--profile", "prod", "--min-free", reserve)
    disk = document("plan", wansync("plan", "--profile", "prod", "--min-free", reserve, "--json"))["disk"]

    fits = disk["free"] - disk["peak"] >= disk["reserve"]
    assert disk["fits"] is fits
    assert ("warning: It does not fit: " in ran.stderr) is not fits
    assert not fits or reserve == "0"


def test_plan_of_prod_shows_what_is_fetched_and_what_is_shared(repository: Path) -> None:
    assert snapshot("""\
wansync will perform the following actions:
store: [STORE] (...)

  + i2v-A14B@native                22 files  117.5 GiB  to fetch
     + i2v-high-noise               8 files   53.2 GiB
          hf:Wan-AI/Wan2.2-I2V-A14B @ 206a9ee
     + i2v-low-noise                8 files   53.2 GiB
     + umt5-native                   1 file   10.6 GiB
          hf:Wan-AI/Wan2.2-T2V-A14B @ c8c270b
     + umt5-tokenizer-native        4 files   16.1 MiB
          4.3 MiB shared with umt5-tokenizer-diffusers
     + wan21-vae-native              1 file  484.1 MiB
  + t2v-A14B@native                22 files  106.5 GiB  to fetch
     + t2v-high-noise               8 files   53.2 GiB
          hf:Wan-AI/Wan2.2-T2V-A14B @ c8c270b
     + t2v-low-noise                8 files   53.2 GiB
     = umt5-native                 shared with i2v-A14B@native  0 B
     = umt5-tokenizer-native       shared with i2v-A14B@native  0 B
     = wan21-vae-native            shared with i2v-A14B@native  0 B
  + ti2v-5B@diffusers              20 files   31.9 GiB  to fetch
     + ti2v-pipeline-diffusers      2 files    1.3 KiB
          hf:Wan-AI/Wan2.2-TI2V-5B-Diffusers @ b8fff73
     + ti2v-transformer-diffusers   7 files   18.6 GiB
     + umt5-diffusers               5 files   10.6 GiB
     + umt5-tokenizer-diffusers     4 files   20.5 MiB
     + wan22-vae-diffusers          2 files    2.6 GiB

Plan: 3 to add.
Fetch 255.8 GiB, link 64 files, peak disk +255.8 GiB, ....
As separate folders 266.9 GiB, in the store 255.8 GiB: 11.1 GiB is shared.
""") == shown(wansync("plan", "--profile", "prod").stdout)


def shown(text: str) -> str:
    """Return the text of a plan without what differs between machines."""
    text = re.sub(r"store: \S+\s+\([^)]*\)", "store: [STORE] (...)", text)
    return re.sub(r",\s+(?:after: .* free|which does not fit)\.", ", ....", text)


def test_plan_of_prod_totals_are_folders_and_store_of_the_facts(repository: Path) -> None:
    said = wansync("plan", "--profile", "prod").stdout.splitlines()
    (line,) = (line for line in said if line.startswith("As separate folders"))

    gib = 2**30
    alone, stored = folders(*VIEWS) / gib, union(*VIEWS) / gib
    assert line == (
        f"As separate folders {alone:.1f} GiB, in the store {stored:.1f} GiB: {alone - stored:.1f} GiB is shared."
    )
