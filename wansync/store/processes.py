"""Who writes: a name for this process, and whether another one still lives. The one place that asks the system."""

from __future__ import annotations

import functools
import os
import re
import secrets
import socket
from pathlib import Path

from wansync.store.systems import WINDOWS

_UNSAFE = re.compile(r"[^A-Za-z0-9-]")
_STAT_START_FIELD = 19  # proc(5): field 22 counted from 1, after the two that end at the last parenthesis
WRITER_PARTS = 4
_NUMBER = re.compile(r"[0-9]{1,20}")
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_INITIAL_NAMESPACE = "pid:[4026531836]"  # linux/nsfs.h: PID_NS_INIT_INO


ABANDONED_SECONDS = 24 * 3600.0
"""After so long without a sign of life a process of another host counts as dead (containerd's leases: 24 h)."""


def machine_name() -> str:
    """Return this machine's name in letters, digits and dashes."""
    return _UNSAFE.sub("-", socket.gethostname())[:64] or "unknown"


def host_name() -> str:
    """Return where process ids mean what they mean here.

    Two containers can share a machine's name but not their process ids, so the namespace of these is part of it.
    """
    name = machine_name()
    try:
        namespace = str(Path("/proc/self/ns/pid").readlink())
    except OSError:
        return name
    return name if namespace == _INITIAL_NAMESPACE else f"{name}-{_UNSAFE.sub('', namespace)}"


def boot_id() -> str:
    """Return what names the time since this machine was started; empty where the system has no such name."""
    try:
        return _UNSAFE.sub("", _BOOT_ID.read_text(encoding="ascii", errors="replace"))[:64]
    except OSError:
        return ""


def writer_name(last: str | None = None) -> str:
    """Return a name for a writer of this process: host, process id, its start time, and `last` or something random."""
    return f"{_name_of_process(os.getpid())}.{last or secrets.token_hex(4)}"


@functools.lru_cache(maxsize=1)
def _name_of_process(process: int) -> str:
    # Of this process, so it does not change; the number of a forked child is another one.
    return f"{host_name()}.{process}.{start_time(process) or 0}"


def start_time(process: int) -> int | None:
    """Return when a process of this host started, in the system's own ticks; `None` when that is unknown."""
    fields = _stat(process)
    return int(fields[_STAT_START_FIELD]) if len(fields) > _STAT_START_FIELD else None


def _stat(process: int) -> list[str]:
    """Return the fields of proc(5) behind the program's name; none where there is no such file."""
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    # The name stands in parentheses and may itself hold spaces and parentheses.
    return text.rpartition(")")[2].split()


def is_dead(writer: str, *, silent_seconds: float = 0.0) -> bool:
    """Return whether the process behind a writer's name no longer runs.

    One whose process id now belongs to another process does not. Of another host nothing can be proven: there a
    writer counts as dead after a day of silence.

    Args:
        writer: from `writer_name`.
        silent_seconds: since the writer's last sign of life.
    """
    parts = writer.split(".")
    if len(parts) != WRITER_PARTS or not all(_NUMBER.fullmatch(part) for part in parts[1:3]):
        return False
    if parts[0] != host_name():
        return silent_seconds > ABANDONED_SECONDS
    process, started = int(parts[1]), int(parts[2])
    # A zombie has ended; only its parent has not looked yet.
    if not _exists(process) or _stat(process)[:1] in (["Z"], ["X"]):
        return True
    now = start_time(process)
    return bool(started and now and started != now)


def _exists(process: int) -> bool:
    if WINDOWS:
        return _exists_on_windows(process)
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _exists_on_windows(process: int) -> bool:
    # os.kill would end the process there; asking for a handle does not.
    import ctypes  # noqa: PLC0415

    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]
    handle = kernel.OpenProcess(0x1000, False, process)  # PROCESS_QUERY_LIMITED_INFORMATION
    if handle:
        kernel.CloseHandle(handle)
    return bool(handle)
