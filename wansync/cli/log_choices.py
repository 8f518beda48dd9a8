"""What a user can choose about the log of a command; light, since every command has the options."""

from __future__ import annotations

from enum import StrEnum


class LogFormat(StrEnum):
    """How a line of the log looks."""

    HUMAN = "human"
    """Words."""
    JSON = "json"
    """One JSON document."""


class LogLevel(StrEnum):
    """The least that is written."""

    DEBUG = "debug"
    """Every event but progress."""
    INFO = "info"
    """Also notes, and how the command ended."""
    WARNING = "warning"
    """What a user should know although the command goes on."""
    ERROR = "error"
    """Why the command failed."""
