"""Mirrors as they are written: a table of a file, or a variable. Text in, values out. No IO.

What several origins say of one name is put together key by key, the strongest first.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from wansync.errors import UsageError
from wansync.settings.mirrors import (
    MAX_PRIORITY,
    ORIGIN_PRIORITY,
    PLACEHOLDER,
    PLAIN_LAYOUT,
    Mirror,
    MirrorKind,
    MirrorMode,
    kind_of,
    split_address,
)
from wansync.settings.parse import parse_flag
from wansync.text import closest, printable
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

KEYS = ("url", "mode", "priority", "enabled")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_OPTION = re.compile(r",(mode|priority|enabled)=")
_WORD = re.compile(r",([A-Za-z_-]{3,20})=")
_PORTABLE = re.compile(r"[A-Za-z0-9._+/-]*")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_HOST = re.compile(r"https?://([A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?|\[[0-9A-Fa-f:.]+\])(:([0-9]{1,5}))?(/|$)")
_MAX_PORT = 65535
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_EXAMPLE = "`file:/mnt/weights`, `s3:bucket/prefix`, `https://host/dir` or `https://host/{sha256}`"


@value_type
class GivenMirror:
    """What one origin says of a mirror; `None` is nothing."""

    name: str
    url: str | None = None
    mode: MirrorMode | None = None
    priority: int | None = None
    enabled: bool | None = None
    given: str = ""


def make_given_mirror(name: str, values: Mapping[str, str]) -> GivenMirror:
    """Return what is said of a mirror, given the text of each key that is there.

    Raises:
        UsageError: a name, a key or a value makes no sense; the address itself is never in the message.
    """
    if not _NAME.fullmatch(name):
        hint = "Write small letters, digits, `.`, `_` and `-`, such as `company`"
        raise UsageError(f"`{printable(name)}` is no name of a mirror", hint=hint)
    url = values.get("url")
    if url is not None and (problem := _problem_of(url)):
        raise UsageError(f"Mirror `{name}`: {problem}", hint=f"Write an address such as {_EXAMPLE}")
    return GivenMirror(
        name=name,
        url=url,
        mode=_mode(name, values["mode"]) if "mode" in values else None,
        priority=_priority(name, values["priority"]) if "priority" in values else None,
        enabled=_enabled(name, values["enabled"]) if "enabled" in values else None,
    )


def parse_mirrors(text: str) -> tuple[GivenMirror, ...]:
    """Return the mirrors of a variable: `NAME=ADDRESS[,mode=MODE][,priority=N][,enabled=no] ...`, quoted as in a shell.

    Raises:
        UsageError: it is not written so, or a part makes no sense.
    """
    if not text.strip():
        return ()
    import shlex  # noqa: PLC0415 (only where there are mirrors)

    try:
        words = shlex.split(text)
    except ValueError:
        raise UsageError("The list of mirrors has a quote that does not end", hint="Close it") from None
    found: dict[str, GivenMirror] = {}
    for given in map(_parse_word, words):
        if given.name in found:
            raise UsageError(f"Mirror `{given.name}` is named twice", hint="Give one of them another name")
        found[given.name] = given
    return tuple(found.values())


def spell_mirrors(mirrors: Iterable[GivenMirror | Mirror]) -> str:
    """Return mirrors as `parse_mirrors` takes them."""
    import shlex  # noqa: PLC0415 (only where there are mirrors)

    return " ".join(shlex.quote(_spell_one(mirror)) for mirror in mirrors)


def merge_mirrors(layers: Iterable[Iterable[GivenMirror]]) -> tuple[Mirror, ...]:
    """Return the mirrors in the order in which they are asked, given what each origin says, the strongest first.

    Raises:
        UsageError: nobody says where one is, or one is to be written to that cannot be.
    """
    found: dict[str, GivenMirror] = {}
    for given in (mirror for layer in layers for mirror in layer):
        strong = found.get(given.name)
        found[given.name] = _filled(strong, given) if strong else given
    mirrors = [_made(given) for given in found.values() if given.url is not None or given.enabled is not False]
    return tuple(sorted(mirrors, key=lambda mirror: (mirror.priority, mirror.name)))


def _filled(strong: GivenMirror, weak: GivenMirror) -> GivenMirror:
    missing = {key: getattr(weak, key) for key in KEYS if getattr(strong, key) is None}
    return replace(strong, **missing, given=weak.given if strong.url is None else strong.given)


def _made(given: GivenMirror) -> Mirror:
    if given.url is None:
        hint = f"Give it one, such as {_EXAMPLE}, or correct the name"
        raise UsageError(f"Mirror `{given.name}` has no `url`", hint=hint)
    said = {key: getattr(given, key) for key in KEYS if getattr(given, key) is not None}
    mirror = Mirror(name=given.name, given=given.given, **said)
    if mirror.mode is not MirrorMode.READ and (mirror.kind is MirrorKind.HTTP or not mirror.is_plain):
        what = "an address of the web" if mirror.kind is MirrorKind.HTTP else "an address with placeholders"
        hint = "Write `mode = read`, or the address of a directory or bucket without placeholders"
        raise UsageError(f"Mirror `{mirror.name}`: nothing can be pushed to {what}", hint=hint)
    return mirror


def _parse_word(word: str) -> GivenMirror:
    name, equals, rest = word.partition("=")
    # From the right: an address may have commas.
    parts = _OPTION.split(rest)
    values = dict(zip(parts[1::2], parts[2::2], strict=True))
    if not equals or len(values) * 2 != len(parts) - 1:
        hint = "Write `NAME=ADDRESS`, then `,mode=`, `,priority=` or `,enabled=`, each once"
        raise UsageError(f"`{printable(name)}` is no mirror", hint=hint)
    for key in _WORD.findall(parts[0]):
        # An address may have such words, but hardly those.
        if meant := closest(key, KEYS):
            raise UsageError(f"`{printable(name)}` has no option `{key}`", hint=f"Did you mean `{meant}`?")
    return make_given_mirror(name, values | ({"url": parts[0]} if parts[0] else {}))


def _spell_one(mirror: GivenMirror | Mirror) -> str:
    options = {"mode": mirror.mode, "priority": mirror.priority, "enabled": mirror.enabled}
    told = {key: ("yes" if value else "no") if isinstance(value, bool) else value for key, value in options.items()}
    return f"{mirror.name}={mirror.url or ''}" + "".join(f",{k}={v}" for k, v in told.items() if v is not None)


def _mode(name: str, text: str) -> MirrorMode:
    try:
        return MirrorMode(text)
    except ValueError:
        known = ", ".join(MirrorMode)
        raise UsageError(f"Mirror `{name}`: `{printable(text)}` is no mode", hint=f"Choose one of {known}") from None


def _priority(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 4 or int(text) > MAX_PRIORITY:  # noqa: PLR2004
        hint = f"Write a whole number from 0 to {MAX_PRIORITY}; the sources themselves have {ORIGIN_PRIORITY}"
        raise UsageError(f"Mirror `{name}`: `{printable(text)}` is no priority", hint=hint)
    return int(text)


def _enabled(name: str, text: str) -> bool:
    try:
        return parse_flag(text)
    except UsageError as error:
        raise UsageError(f"Mirror `{name}`: {error.reason}", hint=error.hint) from None


def _problem_of(url: str) -> str | None:
    """Return what is wrong with an address, or `None`."""
    return next((problem for problem, is_wrong in _PROBLEMS if is_wrong(url)), None)


def _wrong_start(url: str) -> bool:
    for start in ("https://", "http://", "s3:", "file:"):
        if url.startswith(start):
            return not url.removeprefix(start)
    return True


def _wrong_pattern(url: str) -> bool:
    if not PLACEHOLDER.search(url):
        return False
    bare = PLACEHOLDER.sub("x", split_address(url)[1])
    return not _PORTABLE.fullmatch(bare) or any(part in {"", ".", ".."} for part in bare.split("/"))


def _wrong_bucket(url: str) -> bool:
    return url.startswith("s3:") and not _BUCKET.fullmatch(url.removeprefix("s3:").split("/")[0])


def _wrong_host(url: str) -> bool:
    if kind_of(url) is not MirrorKind.HTTP:
        return False
    found = _HOST.match(split_address(url)[0])
    return not found or int(found[4] or 1) not in range(1, _MAX_PORT + 1)


_PROBLEMS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("its address is of no kind that there is", _wrong_start),
    ("an address must hold no control characters", lambda url: bool(_CONTROLS.search(url))),
    (
        "an address must hold no user, query or fragment: these carry secrets",
        lambda url: not url.startswith("file:") and bool(re.search(r"//[^/]*@|[?#]", url)),
    ),
    ("the bucket is no name of one", _wrong_bucket),
    ("the host is no name of one, or its port is none", _wrong_host),
    (
        "a brace belongs to none of {sha256} {sha256:.2} {repo} {revision} {path}",
        lambda url: bool(re.search(r"[{}]", PLACEHOLDER.sub("", url))),
    ),
    (
        "an address with placeholders must have {sha256} or {path}",
        lambda url: bool(PLACEHOLDER.search(url)) and not re.search(r"\{sha256\}|\{path\}", url),
    ),
    ("what follows the first placeholder must be plain letters, digits and . _ + - between slashes", _wrong_pattern),
)


def absolute_directories(mirrors: Iterable[GivenMirror], absolute: Callable[[str], str]) -> Iterator[GivenMirror]:
    """Yield mirrors with the paths of directories as `absolute` returns them."""
    for mirror in mirrors:
        if mirror.url is not None and kind_of(mirror.url) is MirrorKind.DIRECTORY:
            base, pattern = split_address(mirror.url)
            tail = "" if pattern == PLAIN_LAYOUT else f"/{pattern}"
            yield replace(mirror, url=f"file:{absolute(base.removeprefix('file:'))}{tail}")
        else:
            yield mirror
