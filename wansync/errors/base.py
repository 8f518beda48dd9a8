"""What every error has: a code, a reason, facts, and one hint. No IO."""

from __future__ import annotations

from typing import ClassVar, TypeAlias

from wansync.errors.codes import EXIT_STATUS, ErrorCode, ExitStatus
from wansync.redaction import redact

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
