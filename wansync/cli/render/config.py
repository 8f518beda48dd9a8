"""Text of `wansync config`."""

from __future__ import annotations

from wansync.cli.console import note, result
from wansync.ops.config import ConfigReport, ConfigValue

_NOTHING = "-"
_WIDEST = 48


def render_config(report: ConfigReport) -> None:
    """Print a line for each setting with its value and its origin, then where things are."""
    names = max(len(setting.name) for setting in report.settings)
    values = min(_WIDEST, max(len(setting.text) for setting in report.settings))
    for setting in report.settings:
        result(f"{setting.name:<{names}}  {setting.text or _NOTHING:<{values}}  {setting.origin}")
    result("")
    for name, path in report.paths.items():
        result(f"{name:<{names}}  {path or _NOTHING}")
    for name, is_set in report.secrets.items():
        result(f"{name:<{names}}  {'***' if is_set else 'unset'}")


def render_value(report: ConfigReport) -> None:
    """Print the values alone, for a script; where they came from goes beside."""
    for setting in report.settings:
        result(setting.text)
        note(_origin(setting))


def render_path(report: ConfigReport) -> None:
    """Print the path of the user's settings, whether there are any or not."""
    path = report.paths["config"]
    result(str(path))
    if path and not path.is_file():
        note("There is no such file yet")


def _origin(setting: ConfigValue) -> str:
    return f"{setting.name}: {setting.origin}"
