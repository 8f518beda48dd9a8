"""Devices as the torch of this process knows them: which there are, their names, and what they can give up."""

from __future__ import annotations

import contextlib
import gc
import sys
from typing import TYPE_CHECKING, Any

from wansync.errors import NotSupportedError, NoVramError, UsageError
from wansync.text import printable
from wansync.wan.driver import free_bytes
from wansync.wan.libraries import load
from wansync.wan.vram_constants import GIB

if TYPE_CHECKING:
    from collections.abc import Iterator

CPU, CUDA = "cpu", "cuda"


def pick_device(wanted: str | None) -> str:
    """Return torch's name of a device that is here: the wanted one, else a GPU if there is one, else the processor.

    Takes no memory of it.

    Raises:
        UsageError: it is no name of a device.
        NotSupportedError: there is no such device here.
    """
    torch = load("torch")
    if wanted is None:
        return CUDA if torch.cuda.is_available() else CPU
    try:
        device = torch.device(wanted)
    except (RuntimeError, TypeError):
        raise UsageError(
            f"There is no device `{printable(str(wanted))}`", hint="Name one such as `cuda`, `cuda:1` or `cpu`"
        ) from None
    if not _is_here(torch, device):
        raise NotSupportedError(
            f"torch {torch.__version__} finds no device `{device}` here",
            hint="Take `cpu`, or install a torch that is built for the device and its driver",
            device=str(device),
            torch=str(torch.__version__),
        )
    return str(device)


def device_type(device: str) -> str:
    """Return the type in torch's name of a device, such as `cuda` of `cuda:1`."""
    return device.partition(":")[0]


def device_name(device: str) -> str:
    """Return what a device calls itself; of a processor the instructions that torch takes, which decide about bits."""
    torch = load("torch")
    if device_type(device) == CUDA:
        return str(torch.cuda.get_device_name(device))
    if device_type(device) == CPU:
        return f"cpu {torch.backends.cpu.get_cpu_capability()}"
    return device


def synchronise(device: str) -> None:
    """Wait until a device has done what it was given, so that a clock tells the truth."""
    if device_type(device) == CUDA:
        load("torch").cuda.synchronize(device)


def peak_bytes(device: str) -> int | None:
    """Return the most memory that torch has reserved on a device in this process; `None` where it does not tell."""
    if device_type(device) == CUDA:
        return int(load("torch").cuda.max_memory_reserved(device))
    return None


def process_peak_bytes() -> int | None:
    """Return the most memory that this process has had; `None` where the system does not tell."""
    if sys.platform == "win32":
        return None
    import resource  # noqa: PLC0415 (not on Windows)

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def free_gib(device: str) -> float:
    """Return how many GiB a GPU has free now, without taking any of them where the driver's own program can be asked.

    Raises:
        NotSupportedError: the device does not tell.
    """
    torch = load("torch")
    index = torch.device(device).index or 0
    asked = free_bytes(str(torch.cuda.get_device_properties(index).uuid))
    # torch knows too, but its first question makes a context, which takes some 0.5 GiB.
    free = asked if asked is not None else torch.cuda.mem_get_info(index)[0]
    return float(free) / GIB


@contextlib.contextmanager
def memory_told(name: str, device: str) -> Iterator[None]:
    """Turn a device that runs out of memory into an error with a code: others may have taken what was free.

    Raises:
        NoVramError: it did while the block ran.
    """
    try:
        yield
    except load("torch").OutOfMemoryError as error:
        raise NoVramError(
            f"`{name}` ran out of memory on `{device}`: {printable(str(error), limit=200)}",
            hint="Look who else uses the device, or load it with an offload that needs less",
            device=device,
        ) from error


def give_back(device: str) -> None:
    """Let go of memory that nobody uses any more, on the device too."""
    gc.collect()
    if device_type(device) == CUDA:
        load("torch").cuda.empty_cache()


def _is_here(torch: Any, device: Any) -> bool:  # noqa: ANN401
    if device.type == CPU:
        return True
    if device.type == CUDA:
        return bool(torch.cuda.is_available()) and (device.index or 0) < torch.cuda.device_count()
    backend = getattr(torch.backends, device.type, None)
    return bool(backend is not None and backend.is_available())
