"""What the doctor says of a device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.doctor import Level
from wansync.wan.device import DeviceMemory
from wansync.wan.seen_device import finding_of, look_at_device

if TYPE_CHECKING:
    import pytest


def test_device_is_told_with_driver_and_free_memory() -> None:
    found = finding_of("550.54.15", DeviceMemory(name="NVIDIA H200\x1b[31m", free=138 * 2**30, total=139 * 2**30))

    assert (found.check, found.level, found.hint) == ("device", Level.NOTE, None)
    assert found.text == (
        "Models run on NVIDIA H200\\x1b[31m (driver 550.54.15), of whose 139.0 GiB 138.0 GiB are free"
    )
    assert found.facts["free"] == 138 * 2**30


def test_driver_that_torch_cannot_use_is_a_warning_that_helps() -> None:
    found = finding_of("550.54.15", None)

    assert found.level is Level.WARNING
    assert found.hint


def test_nothing_is_said_where_no_driver_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")

    assert list(look_at_device()) == []
