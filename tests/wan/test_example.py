"""The example makes a video with each type of model, as a user runs it."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="torch is not installed (make wan)")
pytest.importorskip("diffusers", reason="diffusers is not installed (make wan)")

from PIL import Image

from examples.generate import main

pytestmark = pytest.mark.torch

REPOSITORY = Path(__file__).resolve().parents[2]
SMALL = ("--size", "64x64", "--project", str(REPOSITORY))


@pytest.mark.parametrize(("model", "with_image"), [("t2v-A14B", False), ("i2v-A14B", True), ("ti2v-5B", True)])
def test_example_writes_frames_and_a_video(
    tiny_store: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    model: str,
    with_image: bool,  # noqa: FBT001 (a parameter of the test)
) -> None:
    first = tmp_path / "first.png"
    Image.new("RGB", (80, 60), (200, 30, 30)).save(first)
    monkeypatch.setenv("MODELS_ROOT", str(tiny_store))

    status = main([model, *SMALL, *(("--image", str(first)) if with_image else ()), "--out", str(tmp_path / "out")])

    written = [Path(line) for line in capsys.readouterr().out.splitlines()]
    assert status == 0
    assert [path.name for path in written] == [*(f"frame-00{number}.png" for number in range(5)), "video.webp"]
    for path in written[:5]:
        with Image.open(path) as frame:
            assert frame.size == (64, 64)
    with Image.open(written[-1]) as film:
        assert (film.size, film.n_frames, film.format) == ((64, 64), 5, "WEBP")


def test_example_says_what_is_wrong(
    tiny_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MODELS_ROOT", str(tiny_store))

    assert main(["i2v-A14B", *SMALL, "--out", str(tmp_path / "out")]) == 2
    assert "hint: Give it an image" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
