"""What somebody gave for a setting, and who: a flag, the environment, a file, the project. No IO."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias, TypedDict

from wansync.errors import UsageError
from wansync.settings.parse import says_yes
from wansync.settings.table import SETTINGS, Kind, suggest_setting
from wansync.text import printable
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wansync.settings.table import Setting


class OriginKind(StrEnum):
    """Who can give a value, the strongest first."""

    FLAG = "flag"
    ENVIRONMENT = "environment"
    USER = "user config"
    SYSTEM = "system config"
    PROJECT = "project"
    DEFAULT = "default"


@value_type
class Origin:
    """Where a value came from: `name` is the flag, the variable, or the path of the file."""

    kind: OriginKind
    name: str | None = None

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}" if self.name else str(self.kind)


@value_type
class Given:
    """A value as it was written. A relative directory is one below `base`, else below the working directory."""

    text: str
    origin: Origin
    base: Path | None = None


Layer: TypeAlias = Mapping[str, Given]
"""What one origin gives: name of a setting -> value."""


class Choices(TypedDict, total=False):
    """What a caller may choose, spelled as on the command line; a missing key or `None` is no choice.

    `models_root` and `hub_cache` are directories, `min_free` such as `5%` or `50G`, `max_size` such as `500G`,
    `lock_timeout` in seconds, `limit_rate` bytes per second such as `10M`, `max_download` as `max_size`, the licences
    SPDX ids, `first` names as commands take them, `mirrors` as in its variable.
    """

    models_root: str | Path | None
    profile: str | None
    frozen: bool | None
    offline: bool | None
    link_mode: str | None
    lock_timeout: float | None
    min_free: str | None
    max_size: str | None
    keep_generations: int | None
    root_name: str | None
    allow_license: Sequence[str] | None
    deny_license: Sequence[str] | None
    http_retries: int | None
    jobs: int | str | None
    limit_rate: int | str | None
    max_download: int | str | None
    first: Sequence[str] | None
    transport: str | None
    hub_endpoint: str | None
    hub_cache: str | Path | None
    mirrors: str | None
    origin: bool | None
    no_hub_cache: bool | None
    s3_endpoint: str | None
    s3_region: str | None
    s3_anonymous: bool | None


def from_choices(choices: Choices) -> Layer:
    """Return what a caller chose.

    Raises:
        UsageError: there is no such choice, or it is a directory without a name.
    """
    known = {setting.name: setting for setting in SETTINGS}
    if unknown := sorted(set(choices) - set(known)):
        raise UsageError(f"There is no choice `{printable(unknown[0])}`", hint=suggest_setting(unknown[0]))
    for name, value in choices.items():
        if known[name].kind is Kind.DIRECTORY and value is not None and not str(value):
            raise UsageError(f"`{name}` names no directory", hint="Give its path, or leave it out")
    return {
        name: Given(text=spell(value), origin=Origin(kind=OriginKind.FLAG, name=known[name].flag))
        for name, value in choices.items()
        if value is not None
    }


def from_variables(variables: Mapping[str, str]) -> Layer:
    """Return what the environment gives; an empty variable gives nothing."""
    found = {setting.name: _from_variables(setting, variables) for setting in SETTINGS}
    return {name: given for name, given in found.items() if given}


def _from_variables(setting: Setting, variables: Mapping[str, str]) -> Given | None:
    if text := variables.get(setting.variable):
        return Given(text=text, origin=Origin(kind=OriginKind.ENVIRONMENT, name=setting.variable))
    for foreign in setting.foreign:
        if text := variables.get(foreign.name):
            # Ours must say what they mean; others are as their own programs read them.
            meant = spell(says_yes(text)) if setting.kind is Kind.FLAG else text + foreign.below
            return Given(text=meant, origin=Origin(kind=OriginKind.ENVIRONMENT, name=foreign.name))
    return None


def spell(value: object) -> str:
    """Return a value as a person would write it in a variable."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return str(value)
