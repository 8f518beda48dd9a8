"""Settings in a file: `config.toml` of user or system, `[settings]` of `models.toml`. Text in, values out. No IO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.documents import DocumentError, Table, parse_toml
from wansync.documents.errors import format_key_path
from wansync.documents.locate import find_line
from wansync.errors import InvalidConfigError, UsageError
from wansync.settings.choose import parse_value
from wansync.settings.given import Given, Layer, Origin, OriginKind, spell
from wansync.settings.mirror_text import KEYS, GivenMirror, make_given_mirror, spell_mirrors
from wansync.settings.table import SETTINGS, Kind, Setting, find_setting, suggest_setting
from wansync.settings.urls import SECTION as URLS
from wansync.settings.urls import parse_url_rules
from wansync.text import printable, suggest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from wansync.settings.urls import UrlRule

MAX_CONFIG_BYTES = 2**20


def _read_mirrors(table: Table, name: str) -> str:
    """Return the mirrors of a table of tables, as a variable would have them."""
    return spell_mirrors([_read_mirror(key, entry) for key, entry in table.table(name).items()])


def _read_mirror(name: str, entry: Table) -> GivenMirror:
    values = {key: entry.string(key) for key in ("url", "mode") if entry.has(key)}
    if entry.has("priority"):
        values["priority"] = str(entry.integer("priority"))
    if entry.has("enabled"):
        values["enabled"] = spell(entry.boolean("enabled"))
    entry.finish(KEYS)
    try:
        return make_given_mirror(name, values)
    except UsageError as error:
        raise DocumentError(error.reason, key_path=entry.key_path, fix=error.hint) from error


_READ: Mapping[Kind, Callable[[Table, str], object]] = {
    Kind.FLAG: Table.boolean,
    Kind.SECONDS: Table.number,
    Kind.COUNT: Table.integer,
    Kind.SIZE: Table.string,
    Kind.LIMIT: Table.string,
    Kind.RATE: Table.string,
    Kind.JOBS: Table.integer,
    Kind.WORD: Table.string,
    Kind.NAME: Table.string,
    Kind.DIRECTORY: Table.string,
    Kind.LINK_MODE: Table.string,
    Kind.NAMES: Table.strings,
    Kind.MIRRORS: _read_mirrors,
    Kind.TRANSPORT: Table.string,
}


def parse_config(data: bytes, path: Path, kind: OriginKind = OriginKind.USER) -> Layer:
    """Return what a settings file gives; directories in it are relative to its own.

    Args:
        data: the bytes of the file.
        path: its absolute path.
        kind: whose it is, the user's or the system's.

    Raises:
        InvalidConfigError: it is no TOML, has an unknown key, or a value of a wrong type or meaning; the facts hold
            file, line and key path as far as they are known.
    """
    return _parsed(data, path, kind)[0]


def parse_rules(data: bytes, path: Path) -> Mapping[str, UrlRule]:
    """Return what the user's settings file says of `https:` sources; takes and raises as `parse_config`."""
    return _parsed(data, path, OriginKind.USER)[1]


def _parsed(data: bytes, path: Path, kind: OriginKind) -> tuple[Layer, Mapping[str, UrlRule]]:
    try:
        values = parse_toml(data, limit=MAX_CONFIG_BYTES)
        rules = parse_url_rules(Table(values))
        # Of the user alone: a command to run is nothing to take from elsewhere.
        rest = {name: value for name, value in values.items() if name != URLS or kind is not OriginKind.USER}
        return read_settings(Table(rest), Origin(kind=kind, name=str(path)), base=path.parent), rules
    except DocumentError as error:
        text = data[:MAX_CONFIG_BYTES].decode("utf-8", "replace").replace("\r\n", "\n")
        line = error.line or (find_line(text, error.key_path) if error.key_path else None)
        key = printable(format_key_path(error.key_path))
        where = f"`{path}`" + (f" line {line}" if line else "") + (f", `{key}`" if key else "")
        raise InvalidConfigError(
            f"Invalid settings {where}: {error.message}",
            hint=error.fix or "Correct the file, or do without it by WANSYNC_NO_CONFIG=1",
            file=str(path),
            line=line,
            key_path=key,
        ) from error


def read_settings(table: Table, origin: Origin, *, base: Path | None = None) -> Layer:
    """Return what a table gives.

    Raises:
        DocumentError: a key is unknown or has no place here, or a value has a wrong type or makes no sense.
    """
    project = origin.kind is OriginKind.PROJECT
    known = {setting.name: setting for setting in SETTINGS if setting.in_project or not project}
    layer: dict[str, Given] = {}
    for name in table.names():
        if name not in known:
            raise _unknown(table, name, origin.kind)
        text = spell(_READ[known[name].kind](table, name))
        layer[name] = Given(text=text, origin=origin, base=base)
        _check(table, known[name], layer[name])
    return layer


def _unknown(table: Table, name: str, kind: OriginKind) -> DocumentError:
    meant, project = find_setting(name), kind is OriginKind.PROJECT
    if project and meant and meant.name == name:
        fix = f"It is the user's to choose: write it in `config.toml`, or set {meant.variable}"
        return table.error(name, "no project can set this", fix=fix)
    fix = suggest_setting(name, project=project)
    if table.holds(name, dict) and not project:
        fix = suggest(name, ["mirrors", *([URLS] if kind is OriginKind.USER else [])])
    return table.error(name, f"unknown setting `{printable(name)}`", fix=fix)


def _check(table: Table, setting: Setting, given: Given) -> None:
    if setting.kind is Kind.DIRECTORY:
        if not given.text:
            raise table.error(setting.name, "expected a directory, not an empty text")
        return
    try:
        parse_value(setting, given)
    except UsageError as error:
        raise table.error(setting.name, error.reason, fix=error.hint) from error
