"""The errors themselves, one class for each code. No IO."""

from __future__ import annotations

from wansync.errors.base import WansyncError
from wansync.errors.codes import ErrorCode


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
