"""The errors themselves, one class for each code. No IO."""

from __future__ import annotations

from typing import ClassVar, TypeAlias

from wansync.errors.codes import EXIT_STATUS, ErrorCode, ExitStatus
from wansync.redaction import redact
from wansync.text import format_bytes

Fact: TypeAlias = str | int | float | bool | list[str] | None


def _redacted(fact: Fact) -> Fact:
    if isinstance(fact, str):
        return redact(fact)
    return [redact(text) for text in fact] if isinstance(fact, list) else fact


class WansyncError(Exception):
    """A failure that a user can act on.

    Args:
        reason: one sentence without a final period, literals in backticks.
        hint: one action that helps.
        facts: the values behind the sentence, for JSON and for programs; never a secret.
    """

    code: ClassVar[ErrorCode]

    def __init__(self, reason: str, *, hint: str, **facts: Fact) -> None:
        # Programs log errors too, in ways that are not ours.
        self.reason = redact(reason)
        super().__init__(self.reason)
        self.hint = redact(hint)
        self.facts: dict[str, Fact] = {name: _redacted(fact) for name, fact in facts.items()}

    @property
    def exit_status(self) -> ExitStatus:
        """The exit status of a command that fails with this error."""
        return EXIT_STATUS[self.code]

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/error.schema.json`."""
        return {
            "code": str(self.code),
            "message": self.reason,
            "hint": self.hint,
            "exit_status": int(self.exit_status),
            "facts": dict(self.facts),
        }


class InternalError(WansyncError):
    """A bug in wansync."""

    code = ErrorCode.INTERNAL


class UsageError(WansyncError):
    """The command or call is contradictory."""

    code = ErrorCode.USAGE


class InvalidConfigError(WansyncError):
    """The user's settings file cannot be read, or says something that cannot be."""

    code = ErrorCode.INVALID_CONFIG


class InvalidManifestError(WansyncError):
    """`models.toml` cannot be read or says something that cannot be."""

    code = ErrorCode.INVALID_MANIFEST


class ManifestMissingError(WansyncError):
    """There is no `models.toml` where one is needed."""

    code = ErrorCode.MANIFEST_MISSING


class InvalidLockError(WansyncError):
    """`models.lock` cannot be read, contradicts itself, or is of an unknown version."""

    code = ErrorCode.INVALID_LOCK


class LockConflictError(WansyncError):
    """`models.lock` holds the conflict markers of a merge."""

    code = ErrorCode.LOCK_CONFLICT


class LockMissingError(WansyncError):
    """There is no `models.lock` where one is needed."""

    code = ErrorCode.LOCK_MISSING


class LockStaleError(WansyncError):
    """`models.lock` does not satisfy `models.toml`."""

    code = ErrorCode.LOCK_STALE


class InvalidPlanError(WansyncError):
    """A saved plan cannot be read, is another document, or was edited."""

    code = ErrorCode.INVALID_PLAN


class PlanStaleError(WansyncError):
    """A saved plan would do something else now than it says."""

    code = ErrorCode.PLAN_STALE


class InvalidListingError(WansyncError):
    """A listing is incomplete, contradicts itself, or does not hold what a component asks for."""

    code = ErrorCode.INVALID_LISTING


class DigestUnknownError(WansyncError):
    """Nobody states the SHA-256 of a file that is to be locked, and nobody asked to read the file for it."""

    code = ErrorCode.DIGEST_UNKNOWN


class PathUnsafeError(WansyncError):
    """A path could leave its root, or is no portable name."""

    code = ErrorCode.PATH_UNSAFE


class PolicyDeniedError(WansyncError):
    """A rule of the project or its user forbids it: pickles without an opt-in, more bytes than a run may fetch."""

    code = ErrorCode.POLICY_DENIED


class UnknownModelError(WansyncError):
    """The lock has no such model, variant, component or profile."""

    code = ErrorCode.UNKNOWN_MODEL


class SourceUnsupportedError(WansyncError):
    """No source is registered for the scheme of a reference."""

    code = ErrorCode.SOURCE_UNSUPPORTED


class NotFoundError(WansyncError):
    """The source has no such repository, directory, revision or file."""

    code = ErrorCode.NOT_FOUND


class SourceFailError(WansyncError):
    """The source has it but could not give it: an IO error, or fewer bytes than it promised."""

    code = ErrorCode.SOURCE_FAIL


class NetworkFailError(SourceFailError):
    """The source could not be reached, or broke off. With bad answers the only failures that waiting may cure."""

    code = ErrorCode.NETWORK_FAIL


class RateLimitedError(NetworkFailError):
    """The source asks for patience; the fact `retry_after` says how many seconds, where it did."""

    code = ErrorCode.RATE_LIMITED


class AuthFailError(WansyncError):
    """The source refuses us: no token, one that it does not accept, or one that may not see this."""

    code = ErrorCode.AUTH_FAIL


class NoKeyringError(WansyncError):
    """There is no keyring that could keep a secret, or it does not answer; the fact `cause` says why."""

    code = ErrorCode.NO_KEYRING


class GatedRepoError(WansyncError):
    """Somebody must accept the conditions of the repository on its page first."""

    code = ErrorCode.GATED_REPO


class OfflineMissingError(WansyncError):
    """Bytes are missing, and this run may not fetch them: `--offline`, `origin`, or a command that only looks."""

    code = ErrorCode.OFFLINE_MISSING


class ChecksumFailError(WansyncError):
    """Every source gave other bytes than the locked ones."""

    code = ErrorCode.CHECKSUM_FAIL


class InvalidWeightsError(WansyncError):
    """A view would hold a file that no loader can use, or that hides a pickle; its bytes are the locked ones."""

    code = ErrorCode.INVALID_WEIGHTS


class InvalidComponentsError(WansyncError):
    """The parts of a model are not all there, do not fit together, or one of them does not belong."""

    code = ErrorCode.INVALID_COMPONENTS


class InvalidInputError(WansyncError):
    """A pipeline would refuse a prompt, an image, a size or a number of frames, or would quietly take another one."""

    code = ErrorCode.INVALID_INPUT


class NoVramError(WansyncError):
    """A run would need more memory than the device has free."""

    code = ErrorCode.NO_VRAM


class StoreFailError(WansyncError):
    """The store cannot be used: permissions, a foreign or newer layout, an IO error."""

    code = ErrorCode.STORE_FAIL


class LockTimeoutError(WansyncError):
    """Another process held a lock of the store for longer than the time limit."""

    code = ErrorCode.LOCK_TIMEOUT


class RunInterruptedError(WansyncError):
    """Somebody pressed Ctrl-C; what was done until then is kept."""

    code = ErrorCode.INTERRUPTED


class RunTerminatedError(WansyncError):
    """SIGTERM asked the program to stop; what was done until then is kept."""

    code = ErrorCode.TERMINATED


class NoSpaceError(WansyncError):
    """The file system of the store has not enough room.

    Args:
        needed: bytes still to be written.
        free: bytes free now.
        reserve: bytes that must stay free.
        reclaimable: bytes that `wansync gc` would free.
        max_size: the most bytes that the store may have, where that is what stands in the way.
    """

    code = ErrorCode.NO_SPACE

    def __init__(self, *, needed: int, free: int, reserve: int, reclaimable: int, max_size: int | None = None) -> None:
        super().__init__(
            f"Not enough disk space: {format_bytes(needed)} needed, {format_bytes(free)} free, "
            f"of which {format_bytes(reserve)} must stay free"
            if max_size is None
            else f"The store would grow beyond its limit of {format_bytes(max_size)}: {format_bytes(needed)} needed",
            hint=space_hint(reclaimable, reserve=reserve, limited=max_size is not None),
            needed=needed,
            free=free,
            reserve=reserve,
            reclaimable=reclaimable,
            **({"max_size": max_size} if max_size is not None else {}),
        )


def space_hint(reclaimable: int, *, reserve: int, limited: bool = False) -> str:
    """Return what helps when there is not enough room and `wansync gc` would free `reclaimable` bytes.

    `limited` is whether the limit of the store stands in the way, not its disk; `reserve` the bytes that it keeps free.
    """
    if reclaimable:
        return f"`wansync gc` would free {format_bytes(reclaimable)}"
    if limited:
        return "`wansync gc` would free nothing now; raise the limit (WANSYNC_MAX_SIZE), or sync fewer models"
    if not reserve:
        return "`wansync gc` would free nothing now; make room, or choose a larger disk with MODELS_ROOT"
    return (
        "`wansync gc` would free nothing now; make room, choose a larger disk with MODELS_ROOT, "
        "or lower the reserve with WANSYNC_MIN_FREE"
    )
