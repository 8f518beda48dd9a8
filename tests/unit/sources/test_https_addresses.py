"""Where a file of an `https:` source is: below a URL, in a variable, from a command; never shown."""

from __future__ import annotations

import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from wansync.errors import SourceFailError, UsageError
from wansync.manifest import SourceRef
from wansync.settings.urls import UrlRule
from wansync.sources.https.addresses import Addresses
from wansync.sources.https.command import run_command

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "canary-of-a-signature"  # noqa: S105 (worth nothing)
PLAIN = UrlRule(plain_http=True)


def addresses(source: str, rule: UrlRule | None = None, **variables: str) -> Addresses:
    return Addresses(SourceRef.parse(source), source, rule, variables)


def address(source: str, rule: UrlRule | None = None, path: str = "a/b.bin", **variables: str) -> str:
    return addresses(source, rule, **variables).of(path, again=False).reveal


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("https://host/dir", "https://host/dir/a/b.bin"),
        ("https://host/dir/", "https://host/dir/a/b.bin"),
        ("https://host:8443", "https://host:8443/a/b.bin"),
    ],
)
def test_file_is_below_its_source(source: str, expected: str) -> None:
    assert address(source) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("https://host/dir", "https://host/dir/a/b.bin"),
        (f"https://host/dir?sig={SECRET}", f"https://host/dir/a/b.bin?sig={SECRET}"),
        (f"https://host/dir/?sig={SECRET}#x", f"https://host/dir/a/b.bin?sig={SECRET}"),
        (f"https://host/{{path}}?sig={SECRET}", f"https://host/a/b.bin?sig={SECRET}"),
        (f"https://host/get?file={{path}}&sig={SECRET}", f"https://host/get?file=a/b.bin&sig={SECRET}"),
        (f"https://host/dir/a/b.bin?sig={SECRET}", f"https://host/dir/a/b.bin?sig={SECRET}"),
        ("http://127.0.0.1:8000/dir", "http://127.0.0.1:8000/dir/a/b.bin"),
        ("http://[::1]/dir", "http://[::1]/dir/a/b.bin"),
        ("http://localhost/dir", "http://localhost/dir/a/b.bin"),
        (" https://host/dir\n", "https://host/dir/a/b.bin"),
    ],
)
def test_variable_holds_the_url_of_a_directory_or_of_the_file(value: str, expected: str) -> None:
    assert address("https:$WEIGHTS", WEIGHTS=value) == expected
    assert address("https://public.example/dir", UrlRule(variable="WEIGHTS"), WEIGHTS=value) == expected


def test_odd_names_are_quoted() -> None:
    assert address("https://host/dir", path="a b/ü#%.bin") == "https://host/dir/a%20b/%C3%BC%23%25.bin"


@pytest.mark.parametrize(
    "value",
    [
        SECRET,
        f"ftp://host/{SECRET}",
        f"https://me:{SECRET}@host/dir",
        f"http://host/{SECRET}",
        f"http://10.0.0.5/{SECRET}",
        f"http://127.0.0.1.evil.example/{SECRET}",
        f"https://[{SECRET}",
        f"https://host/{SECRET}\x07",
    ],
)
def test_value_that_may_not_be_asked_is_refused_and_not_shown(value: str) -> None:
    with pytest.raises(UsageError) as raised:
        address("https:$WEIGHTS", WEIGHTS=value)

    assert "WEIGHTS" in raised.value.reason
    assert SECRET not in f"{raised.value.reason} {raised.value.hint} {raised.value.facts} {raised.value.__cause__}"


@pytest.mark.parametrize("value", [None, "", "  "])
def test_variable_that_is_not_set_is_named(value: str | None) -> None:
    given = {} if value is None else {"WEIGHTS": value}

    with pytest.raises(UsageError, match="The variable WEIGHTS, which holds the URL"):
        address("https:$WEIGHTS", None, "a", **given)


def test_user_can_allow_a_source_without_encryption() -> None:
    assert address("https://10.0.0.5:8000/dir", PLAIN) == "http://10.0.0.5:8000/dir/a/b.bin"
    assert address("https:$WEIGHTS", PLAIN, WEIGHTS="http://10.0.0.5/dir") == "http://10.0.0.5/dir/a/b.bin"


def test_address_is_never_shown() -> None:
    shown = addresses("https:$WEIGHTS", WEIGHTS=f"https://host/dir?sig={SECRET}").of("a", again=False)

    assert SECRET not in f"{shown} {shown!r}"


def test_place_of_a_file_does_not_depend_on_its_signature() -> None:
    places = {addresses("https:$W", W=f"https://host/dir?sig={number}").place("a") for number in "12"}

    assert len(places) == 1
    assert places != {addresses("https:$W", W="https://host/other").place("a")}


@pytest.mark.parametrize(
    ("source", "expected"),
    [("https://host/dir", "host:443"), ("https:$W", "other:8443"), ("https:$UNSET", "$UNSET")],
)
def test_host_is_known_as_far_as_it_can_be(source: str, expected: str) -> None:
    assert addresses(source, W="https://other:8443/x").host == expected


def printing(*lines: str) -> tuple[str, ...]:
    """Return a command that runs lines of Python."""
    return sys.executable, "-c", "\n".join(["import os, sys, time", *lines])


def test_command_prints_the_address_of_a_path() -> None:
    rule = UrlRule(command=printing("print(f'https://host/{sys.argv[1]}?sig=1')"))

    assert address("https://host/dir", rule) == "https://host/a/b.bin?sig=1"


def test_path_can_be_a_part_of_a_word() -> None:
    command = (*printing("print(sys.argv[1:])"), "s3://bucket/{path}")

    assert run_command(command, "a/b.bin", "it") == "['s3://bucket/a/b.bin']"


def test_command_has_no_shell() -> None:
    assert run_command(printing("print(sys.argv[1])"), "$(id); rm", "it") == "$(id); rm"


def test_path_that_looks_like_an_option_is_not_passed() -> None:
    with pytest.raises(SourceFailError, match="could take for an option"):
        run_command(printing("print(sys.argv[1])"), "--config=x", "it")
    assert run_command((*printing("print(sys.argv[1])"), "below/{path}"), "--x", "it") == "below/--x"


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (("/nowhere/presign",), "cannot be run: No such file or directory"),
        (printing(f"print('{SECRET}')", "sys.exit(3)"), "ended with status 3"),
        (printing("print()"), "printed something else than one line"),
        (printing(f"print('{SECRET}')", f"print('{SECRET}')"), "printed something else than one line"),
        (printing("print('x' * 100_000)"), "printed something else than one line"),
        (printing("time.sleep(60)"), "took more than 0.5 seconds"),
        (printing("os.close(1)", "time.sleep(60)"), "took more than 0.5 seconds"),
        (printing(f"sys.stderr.write('{SECRET}')", "sys.exit(1)"), "ended with status 1"),
    ],
    ids=["absent", "fails", "nothing", "two lines", "flood", "slow", "silent", "stderr"],
)
def test_command_that_gives_no_address_says_so_and_nothing_of_what_it_said(
    command: tuple[str, ...], reason: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SourceFailError) as raised:
        run_command(command, "a.bin", "https://host/dir", 0.5 if "seconds" in reason else 20)

    assert reason in raised.value.reason
    assert SECRET not in f"{raised.value.reason} {raised.value.hint} {capfd.readouterr()}"


def test_command_that_leaves_a_process_behind_does_not_hold_up_the_run(tmp_path: Path) -> None:
    noted = tmp_path / "pid"
    left = "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).pid"
    command = printing("import pathlib, subprocess", f"pathlib.Path({str(noted)!r}).write_text(str({left}))")

    with pytest.raises(SourceFailError, match=r"took more than 2 seconds"):
        run_command(command, "a.bin", "https://host/dir", 2)

    # It still lives, and holds the pipe: nobody has waited for its end.
    os.kill(int(noted.read_text()), signal.SIGKILL)


def test_command_is_run_once_until_its_address_has_expired(tmp_path: Path) -> None:
    used = tmp_path / "used"
    count = ["used = sys.argv[1]", "open(used, 'a').write('x')", "time.sleep(0.2)"]
    command = (*printing(*count, "print(f'https://host/{len(open(used).read())}')"), str(used), "{path}")
    all_of = addresses("https://host/dir", UrlRule(command=command))

    first = [all_of.of("a", again=False).reveal for _ in range(2)]
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(all_of.of("a", again=True).reveal)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert first == ["https://host/1"] * 2
    # Those that met the expired one together.
    assert len(used.read_text()) <= 3
    assert set(found) <= {"https://host/2", "https://host/3"}
