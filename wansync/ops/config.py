"""`wansync config`: every setting, where it came from, and where things are. Reads only."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from wansync.errors import UsageError
from wansync.settings import Kind, find_setting, suggest_setting
from wansync.settings.mirror_text import spell_mirrors
from wansync.surroundings import config_file, log_directory, system_config_file, variables
from wansync.text import printable
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wansync.project import Workspace
    from wansync.settings import Chosen, Origin

FORMAT_VERSION = "1.1"
_SECRETS = ("HF_TOKEN",)
_HIDDEN = "***"


@value_type
class ConfigValue:
    """One setting: its value as JSON has it, as a person would write it, and where it came from."""

    name: str
    value: object
    text: str
    origin: Origin

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        origin = {"kind": str(self.origin.kind).replace(" ", "_"), "name": self.origin.name}
        return {"name": self.name, "value": self.value, "origin": origin}


@value_type
class ConfigReport:
    """The settings of a run, and the paths that follow from them.

    `paths` has `None` for what is switched off or has no place; `secrets` says only whether a variable is set.
    """

    settings: tuple[ConfigValue, ...]
    paths: dict[str, Path | None]
    secrets: dict[str, bool]

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/config.schema.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "settings": [setting.to_dict() for setting in self.settings],
            "paths": {name: str(path) if path else None for name, path in self.paths.items()},
            "secrets": dict(self.secrets),
        }


def config(workspace: Workspace, names: Sequence[str] = ()) -> ConfigReport:
    """Return the settings of a run, or those that are named; a name may be spelled as its flag or variable.

    Raises:
        UsageError: there is no such setting.
    """
    shown = [_find(workspace, name) for name in names] if names else workspace.chosen.values()
    settings = workspace.settings
    paths = {
        "config": config_file(),
        "system_config": system_config_file(),
        "project": workspace.directory,
        "manifest": workspace.manifest_path,
        "lock": workspace.lock_path,
        "store": settings.models_root,
        "hub_cache": settings.hub_cache,
        "logs": _logs(),
    }
    return ConfigReport(
        settings=tuple(_value(chosen) for chosen in shown),
        paths=paths,
        secrets={name: bool(variables().get(name)) for name in _SECRETS},
    )


def config_path(workspace: Workspace) -> ConfigReport:
    """Return where things are, without the settings.

    Raises:
        UsageError: the user's settings are switched off, or their place is unknown.
    """
    report = config(workspace)
    if report.paths["config"] is None:
        raise UsageError(
            "The user's settings are switched off, or this user has no home",
            hint="Leave out `--no-config` and WANSYNC_NO_CONFIG, or name a file with `--config-file FILE`",
        )
    return replace(report, settings=())


def _find(workspace: Workspace, name: str) -> Chosen:
    setting = find_setting(name)
    if setting is None:
        raise UsageError(f"There is no setting `{printable(name)}`", hint=suggest_setting(name))
    return workspace.chosen[setting.name]


def _value(chosen: Chosen) -> ConfigValue:
    text = _without_password(chosen.text) if chosen.setting.kind is Kind.WORD else chosen.text
    value: object = text or None
    if chosen.setting.kind in {Kind.FLAG, Kind.SECONDS, Kind.COUNT}:
        value = chosen.value
    elif chosen.setting.kind is Kind.NAMES:
        value = list(chosen.value)
    elif chosen.setting.kind is Kind.MIRRORS:
        value = [spell_mirrors([mirror]) for mirror in chosen.value]
    return ConfigValue(name=chosen.setting.name, value=value, text=_spelled(chosen, text), origin=chosen.origin)


def _spelled(chosen: Chosen, text: str) -> str:
    if chosen.setting.kind is Kind.FLAG:
        return "yes" if chosen.value else "no"
    return ", ".join(chosen.value) if chosen.setting.kind is Kind.NAMES else text


def _without_password(text: str) -> str:
    """Return an address whose user, password and query are hidden, and anything else as it is."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return _HIDDEN
    host = parts.netloc.rpartition("@")[2]
    if "@" in parts.netloc or parts.query:
        return parts._replace(netloc=f"{_HIDDEN}@{host}" if "@" in parts.netloc else host, query="").geturl()
    return text


def _logs() -> Path | None:
    try:
        return log_directory()
    except RuntimeError:
        return None
