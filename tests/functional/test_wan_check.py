"""A model is looked at before it is loaded: on the command line, in a real store, and as large as the real ones."""

from __future__ import annotations

import json
import shutil
import tracemalloc
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import REPOSITORY
from tests.functional.output import document
from tests.support.project import wansync
from tests.support.wan_tree import SHARD, head_bytes, model_of, place_sparse, published_lock
from wansync.api import Project
from wansync.errors import InvalidComponentsError, OfflineMissingError, StoreFailError, UsageError
from wansync.lockfile import select
from wansync.wan import check_components, get_wan_paths
from wansync.wan.check import Rule, find_faults, look_at
from wansync.wan.paths import WanPaths, paths_in

if TYPE_CHECKING:
    from pathlib import Path

MIB = 2**20
PAGE = (REPOSITORY / "docs" / "how-to" / "check-a-model.md").read_text(encoding="utf-8")


def refused(paths: WanPaths, project: Project) -> dict[str, Any]:
    """Return the facts of the error of a check."""
    with pytest.raises(InvalidComponentsError) as caught:
        check_components(paths, project=project)
    return caught.value.facts


@pytest.fixture
def tiny(repository: Path) -> Project:
    """The models of this repository."""
    return Project(repository)


# The bytes: only digests tell one expert from the other


def test_shard_of_the_other_expert_in_a_view_is_caught(tiny: Project) -> None:
    paths = get_wan_paths("t2v-A14B", project=tiny)
    assert check_components(paths, project=tiny).paths == paths
    shard = paths.part("transformer").folder / SHARD.format(2)
    other = paths.part("transformer_2").folder / SHARD.format(2)
    shard.unlink()
    shutil.copy(other, shard)
    assert find_faults(look_at(paths)) == (), "to everything but the store it looks right, as it does to a loader"

    facts = refused(paths, tiny)

    assert (facts["rule"], facts["role"], facts["slot"]) == (Rule.BYTES, "unet", "transformer")
    assert facts["file"] == f"transformer/{SHARD.format(2)}"
    assert str(facts["expected"]).startswith("sha256 ")
    assert facts["found"] == "another file than the one in the store"


def test_model_that_was_never_synced_is_not_called_broken(tiny: Project) -> None:
    failed = document("error", wansync("wan", "check", "t2v-A14B", "--json"))["error"]

    assert (failed["code"], failed["exit_status"]) == ("OFFLINE_MISSING", 18)
    assert failed["message"] == "`t2v-A14B@tiny` is not here yet as it is locked, and a check fetches nothing"
    assert failed["hint"] == "Run `wansync sync t2v-A14B@tiny`, then check again"
    assert wansync("sync", "t2v-A14B@tiny").status == wansync("wan", "check", "t2v-A14B").status == 0


def test_view_whose_directory_is_another_one_is_caught(tiny: Project) -> None:
    paths = get_wan_paths("t2v-A14B", project=tiny)
    moved = paths.root.with_name("moved")
    paths.root.rename(moved)
    paths.root.symlink_to(moved)

    assert refused(paths, tiny)["found"] == "none: its directories were replaced"


def test_hint_about_bytes_helps(tiny: Project) -> None:
    paths = get_wan_paths("t2v-A14B", project=tiny)
    (paths.part("vae").folder / "config.json").unlink()
    failed = document("error", wansync("wan", "check", "t2v-A14B", "--json"))["error"]
    assert failed["hint"] == "Run `wansync sync t2v-A14B@tiny`, which makes it right"

    assert wansync(*failed["hint"].split("`")[1].split()[1:]).status == 0

    assert wansync("wan", "check", "t2v-A14B").status == 0


def test_blob_that_was_written_to_is_caught(tiny: Project) -> None:
    paths = get_wan_paths("ti2v-5B", project=tiny)
    shard = paths.part("transformer").folder / SHARD.format(1)
    right = shard.read_bytes()
    shard.chmod(0o644)
    shard.write_bytes(right[:-50] + bytes([right[-50] ^ 0xFF]) + right[-49:])

    facts = refused(paths, tiny)

    assert (facts["rule"], facts["file"]) == (Rule.BYTES, f"transformer/{SHARD.format(1)}")
    assert facts["found"] == "bytes that changed after they had been verified"


def test_file_that_no_lock_names_is_caught(tiny: Project) -> None:
    paths = get_wan_paths("t2v-A14B", project=tiny)
    # Diffusers would load it instead of the shards.
    shutil.copy(paths.part("vae").folder / "config.json", paths.root / "transformer" / "extra.safetensors")

    facts = refused(paths, tiny)

    assert (facts["rule"], facts["slot"]) == (Rule.FOREIGN, "transformer")
    assert facts["file"] == "transformer/extra.safetensors"


def test_model_that_is_not_ready_stays_so(tiny: Project, tmp_path: Path) -> None:
    with pytest.raises(OfflineMissingError, match="is not here yet"):
        check_components("t2v-A14B", project=tiny)

    assert not (tmp_path / "models-root").exists()


def test_paths_of_another_store_are_refused(tiny: Project, repository: Path, tmp_path: Path) -> None:
    paths = get_wan_paths("t2v-A14B", project=tiny)

    with pytest.raises(UsageError, match="is no view of the store at"):
        check_components(paths, project=Project(repository, models_root=tmp_path / "other"))


def test_store_of_a_newer_version_is_refused(tiny: Project, tmp_path: Path) -> None:
    paths = get_wan_paths("t2v-A14B", project=tiny)
    (tmp_path / "models-root" / "VERSION").write_text("2\n")

    with pytest.raises(StoreFailError, match="layout version 2"):
        check_components(paths, project=tiny)


# The command line


def test_check_says_what_it_looked_at(repository: Path) -> None:
    assert wansync("sync").status == 0

    ran = wansync("wan", "check", "i2v-A14B")

    parts = "pipeline, text_encoder, tokenizer, transformer, transformer_2, vae"
    assert ran.stdout == f"i2v-A14B@tiny: 6 parts fit together ({parts})\n"
    assert ran.stderr.startswith("Looked at 21 files, 1.3 MiB; read 53.")
    assert f"$ wansync wan check t2v-A14B\n{wansync('wan', 'check', 't2v-A14B').stdout}" in PAGE


def test_parts_of_another_model_are_refused_by_name(repository: Path) -> None:
    """A mistake that is seen in public set-ups: the VAE of the 5B model beside the experts of A14B."""
    manifest = repository / "models.toml"
    manifest.write_text(manifest.read_text().replace('vae = "tiny-wan21-vae"', 'vae = "tiny-wan22-vae"', 1))
    assert wansync("lock").status == 0
    assert wansync("sync", "t2v-A14B").status == 0

    error = document("error", wansync("wan", "check", "t2v-A14B", "--json"))["error"]

    assert (error["code"], error["exit_status"]) == ("INVALID_COMPONENTS", 13)
    assert error["message"] == (
        "`t2v-A14B@tiny` cannot run as it is: `vae/config.json` (vae): expected z_dim 16, found 48 (and 5 more faults)"
    )
    assert f"error: {error['message']}\nhint: {error['hint']}\n" in PAGE
    assert (error["facts"]["role"], error["facts"]["slot"], error["facts"]["file"]) == ("vae", "vae", "vae/config.json")
    manifest.write_text((REPOSITORY / "models.toml").read_text())
    assert wansync("lock").status == wansync("sync", "t2v-A14B").status == 0
    assert wansync("wan", "check", "t2v-A14B").status == 0


# As large as the real ones


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the published files are, as holes with real headers."""
    return tmp_path_factory.mktemp("published")


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("t2v-A14B@native", 126_199_333_241),
        ("i2v-A14B@native", 126_202_610_041),
        ("ti2v-5B@native", 34_201_521_169),
        ("ti2v-5B@diffusers", 34_201_418_400),
    ],
)
def test_published_model_fits_and_only_its_heads_are_read(store: Path, name: str, size: int) -> None:
    project = Project(REPOSITORY, models_root=store, link_mode="hardlink")
    paths = place_sparse(project, name)

    tracemalloc.start()
    try:
        report = check_components(paths, project=project)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert report.size == size
    assert report.bytes_read == sum(head_bytes(paths)) < MIB
    assert peak < 150 * MIB


def swapped(variant: str, slots: dict[str, tuple[str, ...]], model: str = "t2v-A14B") -> list[tuple[str, ...]]:
    """Return the faults of a published variant whose slots hold something else, as far as the lock tells them."""
    lock = published_lock()
    selected = select(lock, [f"{model}@{variant}"]).models[0]
    other = replace(selected, variant=replace(selected.variant, slots={**selected.variant.slots, **slots}))
    looked = look_at(paths_in(lock, other, REPOSITORY / "nothing"))
    faults = find_faults(replace(looked, faults=()))
    return [(fault.rule, fault.slot, fault.file, fault.expected, fault.found) for fault in faults]


def test_experts_that_were_swapped_in_the_manifest() -> None:
    faults = swapped("native", {"high_noise_model": ("t2v-low-noise",), "low_noise_model": ("t2v-high-noise",)})

    assert faults == [
        (Rule.EXPERT, "high_noise_model", "", "the high-noise expert", "`low_noise_model` of its source"),
        (Rule.EXPERT, "low_noise_model", "", "the low-noise expert", "`high_noise_model` of its source"),
    ]


def test_native_vae_of_the_other_family_is_known_by_name_and_size() -> None:
    faults = swapped("native", {".": ("umt5-native", "wan22-vae-native")})

    assert faults == [
        (Rule.CONFIG, ".", "Wan2.2_VAE.pth", "`Wan2.1_VAE.pth`", "`Wan2.2_VAE.pth`"),
        (Rule.TENSOR, ".", "Wan2.2_VAE.pth", "484.1 MiB or 242.0 MiB or 121.0 MiB", "2.6 GiB"),
    ]


@pytest.mark.parametrize("billions", [float("inf"), float("nan"), -1, 10**400])
def test_number_of_parameters_that_cannot_be_says_nothing_of_a_pickle(billions: float) -> None:
    lock = published_lock()
    selected = select(lock, ["t2v-A14B@native"]).models[0]
    model = replace(selected.model, vram={**selected.model.vram, "vae_params_billion": billions})
    looked = look_at(paths_in(lock, replace(selected, model=model), REPOSITORY / "nothing"))

    assert find_faults(replace(looked, faults=())) == ()


def test_native_experts_of_another_type_have_another_source(store: Path) -> None:
    project = Project(REPOSITORY, models_root=store, link_mode="hardlink")
    paths = place_sparse(project, "i2v-A14B@native")
    model = replace(model_of("t2v-A14B"), id="i2v-A14B")

    faults = find_faults(look_at(replace(paths, model=model)))

    assert [(fault.file, fault.expected, fault.found) for fault in faults] == [
        (f"{slot}/config.json", expected, found)
        for slot in ("high_noise_model", "low_noise_model")
        for expected, found in (("in_channels 16 (t2v)", "36"), ("model_type t2v", "i2v"))
    ]


def test_page_has_a_row_for_every_rule() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]

    assert {rule for row in rows for rule in row.split("|")[1].replace("`", "").replace(",", "").split()} == {*Rule}


# Paths


def test_paths_are_lines_of_name_and_path(repository: Path, tmp_path: Path) -> None:
    ran = wansync("paths", "t2v-A14B")

    root = json.loads(wansync("ensure", "t2v-A14B", "--json").stdout)["paths"]["t2v-A14B@tiny"]
    assert ran.stdout.splitlines() == [
        f"root\t{root}",
        f"pipeline\t{root}",
        *(f"{name}\t{root}/{name}" for name in ("text_encoder", "tokenizer", "transformer", "transformer_2", "vae")),
    ]


def test_path_of_one_part_is_all_that_is_printed(repository: Path) -> None:
    ran = wansync("paths", "t2v-A14B", "--of", "transformer_2", "--quiet")

    root = wansync("ensure", "t2v-A14B").stdout.strip()
    assert ran.stdout == f"{root}/transformer_2\n"
    assert wansync("paths", "t2v-A14B", "--of", "tiny-t2v-low-noise").stdout == ran.stdout


def test_part_that_there_is_not(repository: Path) -> None:
    ran = wansync("paths", "ti2v-5B", "--of", "transformer_2")

    assert ran.status == 2
    assert "error: `ti2v-5B@tiny` has no part `transformer_2`\nhint: Did you mean `transformer`?" in ran.stderr


def test_paths_of_a_component_are_refused(repository: Path) -> None:
    ran = wansync("paths", "tiny-umt5")

    assert (ran.status, ran.stdout) == (2, "")
    assert "`tiny-umt5` is a component" in ran.stderr


def test_native_layout_has_the_names_of_diffusers_and_files_where_a_part_is_one(store: Path) -> None:
    project = Project(REPOSITORY, models_root=store, link_mode="hardlink")
    paths = place_sparse(project, "t2v-A14B@native")

    assert {part.name: part.path.relative_to(paths.root).as_posix() for part in paths.parts} == {
        "text_encoder": "models_t5_umt5-xxl-enc-bf16.pth",
        "vae": "Wan2.1_VAE.pth",
        "tokenizer": "google/umt5-xxl",
        "transformer": "high_noise_model",
        "transformer_2": "low_noise_model",
    }
    assert {str(expert): part.component for expert, part in paths.experts.items()} == {
        "high_noise": "t2v-high-noise",
        "low_noise": "t2v-low-noise",
    }
