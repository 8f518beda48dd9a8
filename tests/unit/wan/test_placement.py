"""Which offload, and whole frames or tiles: from an estimate and the memory that is free."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.wan_tree import published_lock
from wansync.errors import NotSupportedError, NoVramError
from wansync.lockfile import select
from wansync.wan.memory import constants_for
from wansync.wan.modes import Mode, choose_dtypes
from wansync.wan.paths import WanPaths, paths_in
from wansync.wan.placement import Planner, Shape, Wish, make_planner
from wansync.wan.vram import Offload

LARGE = Shape(width=1280, height=720, frames=81, image=False)
SMALL = Shape(width=128, height=128, frames=5, image=False)


def paths_of(name: str) -> WanPaths:
    lock = published_lock()
    return paths_in(lock, select(lock, [name]).models[0], Path("/srv/models"))


def wish(mode: Mode, device: str, offload: Offload | None = None) -> Wish:
    dtypes = choose_dtypes(mode, device)
    return Wish(device=device, mode=mode, offload=offload, dtypes=dtypes, text_encoder=True)


def planner(free: float, mode: Mode = Mode.PRODUCTION, offload: Offload | None = None) -> Planner:
    paths = paths_of("t2v-A14B@native")
    return Planner(paths=paths, wish=wish(mode, "cuda", offload), constants=constants_for(paths), free=free)


@pytest.mark.parametrize(
    ("free", "offload", "tiled"),
    [
        (141.0, Offload.NONE, False),
        (80.0, Offload.NONE, True),
        (60.0, Offload.MODEL, False),
        (24.0, Offload.GROUP, False),
    ],
)
def test_auto_takes_the_quickest_that_fits(free: float, offload: Offload, tiled: bool) -> None:  # noqa: FBT001
    found = planner(free).place(LARGE)

    assert (found.offload, found.tiled) == (offload, tiled)
    assert found.estimate
    assert found.estimate.peak_gib <= free


def test_development_leaves_the_device_to_others_and_always_tiles_large_frames() -> None:
    found = planner(141.0, Mode.DEVELOPMENT).place(LARGE)

    assert (found.offload, found.tiled) == (Offload.MODEL, True)


def test_frame_that_is_no_larger_than_a_tile_is_never_tiled() -> None:
    assert not planner(141.0, Mode.DEVELOPMENT).place(SMALL).tiled
    with pytest.raises(NoVramError):
        planner(1.0).place(SMALL)


def test_offload_that_does_not_fit_names_the_first_that_does() -> None:
    with pytest.raises(NoVramError) as caught:
        planner(45.0, offload=Offload.NONE).place(LARGE)

    assert caught.value.facts["fitting_offload"] == "model"
    assert "`model" in caught.value.hint


def test_nothing_fits_where_there_is_nothing() -> None:
    with pytest.raises(NoVramError, match=r"0\.2 GiB are free"):
        planner(0.2).place(LARGE)


def test_loaded_pipeline_keeps_its_offload_for_other_sizes() -> None:
    found = planner(141.0).place(SMALL, Offload.SEQUENTIAL)

    assert found.offload is Offload.SEQUENTIAL


@pytest.mark.parametrize(
    ("mode", "shape", "tiled"),
    [
        (Mode.PRODUCTION, LARGE, True),
        (Mode.PRODUCTION, Shape(width=832, height=480, frames=81, image=False), False),
        (Mode.DEVELOPMENT, Shape(width=832, height=480, frames=81, image=False), True),
        (Mode.DEVELOPMENT, SMALL, False),
    ],
)
def test_processor_tiles_by_the_size_of_frames_alone(mode: Mode, shape: Shape, tiled: bool) -> None:  # noqa: FBT001
    found = make_planner(paths_of("t2v-A14B@tiny"), wish(mode, "cpu")).place(shape)

    assert (found.offload, found.tiled, found.estimate) == (Offload.NONE, tiled, None)


@pytest.mark.parametrize("offload", [Offload.MODEL, Offload.GROUP, Offload.SEQUENTIAL])
def test_offload_on_a_processor_is_refused(offload: Offload) -> None:
    with pytest.raises(NotSupportedError, match="shares that memory"):
        make_planner(paths_of("t2v-A14B@tiny"), wish(Mode.PRODUCTION, "cpu", offload))
