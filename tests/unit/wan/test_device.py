"""The process that is asked how much memory is free."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.wan.device import find_device

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_what_lies_in_the_working_directory_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger's checkout may have a `torch.py`; the torch that is installed is the one that is asked."""
    installed, checkout, ran = tmp_path / "installed", tmp_path / "checkout", tmp_path / "ran"
    for folder, told in ((installed, "torch"), (checkout, "checkout")):
        folder.mkdir()
        (folder / "torch.py").write_text(f"open({str(ran)!r}, 'a').write({told!r})\n")
    monkeypatch.setenv("PYTHONPATH", str(installed))
    monkeypatch.syspath_prepend(str(installed))
    monkeypatch.chdir(checkout)

    assert find_device() is None
    assert ran.read_text() == "torch"
