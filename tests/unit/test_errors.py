"""Every deliberate failure: its code, its exit status, its facts."""

from __future__ import annotations

import pytest

from wansync import errors
from wansync.errors import EXIT_STATUS, ErrorCode, ExitStatus, NoSpaceError, UsageError, WansyncError


def classes() -> list[type[WansyncError]]:
    found = (value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, WansyncError))
    return [kind for kind in found if kind is not WansyncError]


def test_every_code_has_one_class_and_an_exit_status() -> None:
    assert sorted(ErrorCode) == sorted(kind.code for kind in classes())
    assert set(ErrorCode) == set(EXIT_STATUS)


def test_no_code_has_the_status_of_success_and_one_that_of_a_bug() -> None:
    assert ExitStatus.OK not in EXIT_STATUS.values()
    # A smoke test asks whether a model runs here, and these are ways to say no.
    negative = {code for code, status in EXIT_STATUS.items() if status is ExitStatus.NEGATIVE}
    assert negative == {ErrorCode.SMOKE_FAIL, ErrorCode.SMOKE_TIMEOUT}
    assert [code for code, status in EXIT_STATUS.items() if status is ExitStatus.INTERNAL] == [ErrorCode.INTERNAL]


def test_every_class_says_when_it_is_raised() -> None:
    assert [kind.__name__ for kind in classes() if not kind.__doc__] == []


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (ErrorCode.USAGE, 2),
        (ErrorCode.INVALID_MANIFEST, 2),
        (ErrorCode.LOCK_CONFLICT, 2),
        (ErrorCode.LOCK_STALE, 10),
        (ErrorCode.NOT_FOUND, 11),
        (ErrorCode.CHECKSUM_FAIL, 13),
        (ErrorCode.NO_SPACE, 14),
        (ErrorCode.LOCK_TIMEOUT, 15),
        (ErrorCode.POLICY_DENIED, 16),
        (ErrorCode.OFFLINE_MISSING, 18),
    ],
)
def test_exit_status_is_the_documented_one(code: ErrorCode, status: int) -> None:
    assert status == EXIT_STATUS[code]


def test_error_reads_as_its_reason_and_keeps_its_facts() -> None:
    error = UsageError("`x` is no size", hint="Write bytes", value="x")

    assert str(error) == "`x` is no size"
    expected = {
        "code": "USAGE",
        "message": "`x` is no size",
        "hint": "Write bytes",
        "exit_status": 2,
        "facts": {"value": "x"},
    }
    assert expected == error.to_dict()


def test_no_space_says_what_gc_would_free() -> None:
    error = NoSpaceError(needed=3 * 2**30, free=2 * 2**30, reserve=2**30, reclaimable=2**29)

    assert str(error) == "Not enough disk space: 3.0 GiB needed, 2.0 GiB free, of which 1.0 GiB must stay free"
    assert error.hint == "`wansync gc` would free 512.0 MiB"
    assert error.facts == {"needed": 3 * 2**30, "free": 2 * 2**30, "reserve": 2**30, "reclaimable": 2**29}


def test_no_space_that_gc_cannot_help_says_what_else_would() -> None:
    expected = (
        "`wansync gc` would free nothing now; make room, choose a larger disk with MODELS_ROOT, "
        "or lower the reserve with WANSYNC_MIN_FREE"
    )

    assert expected == NoSpaceError(needed=3, free=2, reserve=1, reclaimable=0).hint
