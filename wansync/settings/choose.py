"""Of all that was given, what counts: the strongest origin wins. No IO."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol, cast

from wansync.errors import UsageError
from wansync.settings.given import Given, Origin, OriginKind
from wansync.settings.mirror_text import absolute_directories, merge_mirrors, parse_mirrors, spell_mirrors
from wansync.settings.model import S3Settings, Settings
from wansync.settings.parse import (
    parse_count,
    parse_flag,
    parse_jobs,
    parse_limit,
    parse_link_mode,
    parse_name,
    parse_names,
    parse_rate,
    parse_reserve,
    parse_seconds,
    parse_transport,
)
from wansync.settings.table import SETTINGS, Kind, Setting
from wansync.text import printable
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from wansync.settings.given import Layer
    from wansync.settings.mirror_text import GivenMirror

_PARSE: Mapping[Kind, Callable[[str], object]] = {
    Kind.FLAG: parse_flag,
    Kind.SECONDS: parse_seconds,
    Kind.COUNT: parse_count,
    Kind.SIZE: parse_reserve,
    Kind.LIMIT: parse_limit,
    Kind.RATE: parse_rate,
    Kind.JOBS: parse_jobs,
    Kind.WORD: lambda text: text or None,
    Kind.NAME: parse_name,
    Kind.LINK_MODE: parse_link_mode,
    Kind.NAMES: parse_names,
    Kind.MIRRORS: parse_mirrors,
    Kind.TRANSPORT: parse_transport,
}


class Directories(Protocol):
    """Where directories are; handed in, since finding them needs the home and the working directory."""

    def absolute(self, text: str, base: Path | None, *, variables: bool = False) -> Path | None:
        """Return the absolute path of a directory; `None` where it needs a home and there is none."""
        ...

    def default_models_root(self) -> Path:
        """Return the store where nobody names one."""
        ...


@value_type
class Chosen:
    """The value of a setting, and where it came from."""

    setting: Setting
    text: str
    origin: Origin
    value: Any


def choose(layers: Sequence[Layer], directories: Directories) -> dict[str, Chosen]:
    """Return every setting with the value of the first layer that has one, else its default.

    Raises:
        UsageError: a value that counts makes no sense.
    """
    return {setting.name: _choose(setting, layers, directories) for setting in SETTINGS}


def _choose(setting: Setting, layers: Sequence[Layer], directories: Directories) -> Chosen:
    if setting.kind is Kind.MIRRORS:
        return _choose_mirrors(setting, layers, directories)
    default = Given(text=setting.default, origin=Origin(kind=OriginKind.DEFAULT))
    given = next((layer[setting.name] for layer in layers if setting.name in layer), default)
    if setting.kind is not Kind.DIRECTORY:
        value = parse_value(setting, given)
        return Chosen(setting=setting, text=given.text, origin=given.origin, value=value)
    path = (
        directories.absolute(given.text, given.base, variables=setting.with_variables)
        if given.text
        else directories.default_models_root()
    )
    if path is None and setting.name == "models_root":
        raise UsageError(
            f"`{printable(given.text)}` needs a home directory, and this user has none",
            hint="Write the path of the store without `~`",
        )
    return Chosen(setting=setting, text=str(path or ""), origin=given.origin, value=path)


def _choose_mirrors(setting: Setting, layers: Sequence[Layer], directories: Directories) -> Chosen:
    """Return the mirrors of all origins together; the origin is the strongest that has any."""
    given = [layer[setting.name] for layer in layers if layer.get(setting.name)]
    mirrors = merge_mirrors(_mirrors_of(setting, one, directories) for one in given)
    origin = given[0].origin if given else Origin(kind=OriginKind.DEFAULT)
    return Chosen(setting=setting, text=spell_mirrors(mirrors) if mirrors else "", origin=origin, value=mirrors)


def _mirrors_of(setting: Setting, given: Given, directories: Directories) -> Iterator[GivenMirror]:
    parsed = cast("tuple[GivenMirror, ...]", parse_value(setting, given))

    def absolute(text: str) -> str:
        path = directories.absolute(text, given.base)
        if path is None:
            hint = "Write the whole path of the mirror, without `~`"
            raise UsageError(f"`{printable(text)}` needs a home directory, and this user has none", hint=hint)
        return str(path)

    return (replace(mirror, given=str(given.origin)) for mirror in absolute_directories(parsed, absolute))


def parse_value(setting: Setting, given: Given) -> object:
    """Return what a text means for a setting that is no directory.

    Raises:
        UsageError: it makes no sense; a variable is named.
    """
    try:
        return _PARSE[setting.kind](given.text)
    except UsageError as error:
        if given.origin.kind is not OriginKind.ENVIRONMENT:
            raise
        raise UsageError(f"{given.origin.name}: {error.reason}", hint=error.hint) from None


def make_settings(chosen: Mapping[str, Chosen]) -> Settings:
    """Return the settings as the program uses them."""
    value = {name: found.value for name, found in chosen.items()}
    return Settings(
        models_root=value["models_root"],
        link_mode=value["link_mode"],
        profile=value["profile"],
        frozen=value["frozen"],
        offline=value["offline"],
        lock_timeout=value["lock_timeout"],
        reserve=value["min_free"],
        max_size=value["max_size"],
        keep_generations=value["keep_generations"],
        root_name=value["root_name"],
        hub_endpoint=value["hub_endpoint"],
        s3=S3Settings(endpoint=value["s3_endpoint"], region=value["s3_region"], anonymous=value["s3_anonymous"]),
        retries=value["http_retries"],
        jobs=value["jobs"],
        limit_rate=value["limit_rate"],
        max_download=value["max_download"],
        first=value["first"],
        transport=value["transport"],
        hub_cache=None if value["no_hub_cache"] else value["hub_cache"],
        allow_license=value["allow_license"],
        deny_license=value["deny_license"],
        mirrors=value["mirrors"],
        origin=value["origin"],
    )
