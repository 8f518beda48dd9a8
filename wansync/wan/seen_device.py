"""What the doctor says of the device that models run on: asked only where torch and a driver are there."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

from wansync.doctor import Finding, Level
from wansync.text import format_bytes, printable
from wansync.wan.device import DeviceMemory, find_device
from wansync.wan.driver import driver_version

if TYPE_CHECKING:
    from collections.abc import Iterator


def look_at_device() -> Iterator[Finding]:
    """Yield the device with its driver and free memory; nothing without torch, or without a driver of NVIDIA."""
    if importlib.util.find_spec("torch") is None:
        return
    driver = driver_version()
    if driver is not None:
        yield finding_of(driver, find_device())


def finding_of(driver: str, device: DeviceMemory | None) -> Finding:
    """Return what to say of a driver and the device that torch finds by it."""
    if device is None:
        return Finding(
            check="device",
            level=Level.WARNING,
            text=f"torch finds no device, although driver {driver} is here",
            facts={"driver": driver},
            hint="Install a torch that is built for this driver; until then models run on the processor",
        )
    free, total = format_bytes(device.free), format_bytes(device.total)
    return Finding(
        check="device",
        level=Level.NOTE,
        text=f"Models run on {printable(device.name)} (driver {driver}), of whose {total} {free} are free",
        facts={"device": printable(device.name), "driver": driver, "free": device.free, "total": device.total},
    )
