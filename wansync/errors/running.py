"""The errors of running a model. No IO."""

from __future__ import annotations

from wansync.errors.base import WansyncError
from wansync.errors.codes import ErrorCode


class ExtraMissingError(WansyncError):
    """Libraries of an extra are needed, and are not installed or cannot be loaded."""

    code = ErrorCode.EXTRA_MISSING


class NotSupportedError(WansyncError):
    """It could be meant, but wansync cannot do it, or does not because nobody has shown that it is right."""

    code = ErrorCode.NOT_SUPPORTED


class SmokeFailError(WansyncError):
    """A short run of a model did not do what every run does; the fact `check` says what."""

    code = ErrorCode.SMOKE_FAIL


class SmokeTimeoutError(WansyncError):
    """A short run of a model took longer than it may, and was stopped with all that it had started."""

    code = ErrorCode.SMOKE_TIMEOUT
