from __future__ import annotations

import os
import re
import signal
from typing import TYPE_CHECKING

import pytest

from tests.faults.children import fork, posix_only, wait
from tests.unit.store.stores import dead_writer
from wansync.store import processes
from wansync.store.processes import host_name, is_dead, start_time, writer_name

if TYPE_CHECKING:
    from pathlib import Path


def test_writer_name_has_four_parts_that_fit_in_a_file_name() -> None:
    parts = writer_name().split(".")

    assert parts[:3] == [host_name(), str(os.getpid()), str(start_time(os.getpid()) or 0)]
    assert re.fullmatch(r"[A-Za-z0-9-]+", parts[0])
    assert writer_name() != writer_name()


def test_this_process_is_not_dead() -> None:
    assert not is_dead(writer_name())


def test_process_that_never_was_is_dead() -> None:
    assert is_dead(dead_writer())


def test_process_that_ended_is_dead() -> None:
    child = fork(lambda: 0)
    name = f"{host_name()}.{child}.{start_time(child)}.ab"
    wait(child)

    assert is_dead(name)


def sleep() -> int:
    signal.pause()
    return 0


@posix_only
def test_process_that_was_killed_and_not_yet_reaped_is_dead() -> None:
    """In a container, nobody may ever reap it; yet it writes no more."""
    child = fork(sleep)
    name = f"{host_name()}.{child}.{start_time(child)}.ab"
    os.kill(child, signal.SIGKILL)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    try:
        assert is_dead(name)
    finally:
        wait(child)


@pytest.mark.skipif(start_time(os.getpid()) is None, reason="this system does not say when a process started")
def test_process_whose_id_was_given_to_another_is_dead() -> None:
    started = start_time(os.getpid())
    assert started is not None

    assert is_dead(f"{host_name()}.{os.getpid()}.{started + 1}.ab")


def test_process_whose_start_nobody_knew_is_not_dead_while_its_id_lives() -> None:
    assert not is_dead(f"{host_name()}.{os.getpid()}.0.ab")


def test_writer_of_another_host_is_never_provably_dead() -> None:
    name = dead_writer()
    assert not is_dead(f"not-{name}")


@pytest.mark.parametrize(
    "parts", [[], [""], ["1"], ["x", "1", "a"], ["1", "x", "a"], ["1", "1"], ["1", "1", "a", "b"], ["-1", "1", "a"]]
)
def test_name_that_is_no_writers_is_not_dead(parts: list[str]) -> None:
    assert not is_dead(".".join([host_name(), *parts]))


@pytest.mark.parametrize("digits", ["\u00b2", "\u2460", "9" * 30])
def test_name_with_strange_digits_is_not_dead_and_no_bug(digits: str) -> None:
    """Anything can be the name of a file in `.tmp`."""
    assert not is_dead(f"{host_name()}.{digits}.1.ab")


def test_writer_with_a_number_that_no_process_has_is_not_judged() -> None:
    """Python refuses to read a number of more than 4,300 digits, and a record may have one."""
    assert not is_dead(f"{host_name()}.{'9' * 5000}.1.ab")


def test_machine_whose_start_has_no_name_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_BOOT_ID", tmp_path / "boot_id")
    assert processes.boot_id() == ""

    (tmp_path / "boot_id").write_text("45046f39-36b4\n")
    assert processes.boot_id() == "45046f39-36b4"
