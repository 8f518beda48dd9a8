"""What a user can choose about a run, and how it is spelled. Nothing here reads the environment. No IO."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypedDict

from wansync.errors import UsageError
from wansync.text import printable, suggest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

DEFAULT_LOCK_TIMEOUT = 300.0
DEFAULT_RESERVE_PERCENT = 3.0
DEFAULT_RETRIES = 4
_YES, _NO = {"1", "true", "yes", "on"}, {"", "0", "false", "no", "off"}
_UNITS = {
    "": 1,
    "K": 10**3,
    "M": 10**6,
    "G": 10**9,
    "T": 10**12,
    "KI": 2**10,
    "MI": 2**20,
    "GI": 2**30,
    "TI": 2**40,
}


class LinkMode(StrEnum):
    """How a file of a view shares its bytes with its blob; the order is the fallback chain of `auto`."""

    REFLINK = "reflink"
    """Own inode, shared extents: no extra space, a write through the view is harmless; few file systems."""
    HARDLINK = "hardlink"
    """The same inode: no extra space, survives a moved store; a write through the view damages the blob."""
    SYMLINK = "symlink"
    """A pointer to the blob: works across file systems; tools that refuse symlinks refuse the view."""
    COPY = "copy"
    """Own bytes: works everywhere and takes the space again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """What must stay free on the file system of the store: a number of bytes, or a share of its size.

    The default of 3 percent is ostree's `min-free-space-percent`.
    """

    bytes_free: int | None = None
    percent: float = DEFAULT_RESERVE_PERCENT

    def of(self, capacity: int) -> int:
        """Return the reserve in bytes for a file system of `capacity` bytes."""
        return self.bytes_free if self.bytes_free is not None else int(capacity * self.percent / 100)

    @classmethod
    def parse(cls, text: str) -> Reserve:
        """Return the reserve written as `5%`, `50G` or `1048576`.

        Raises:
            UsageError: the text is none of these.
        """
        if text.endswith("%"):
            try:
                percent = float(text[:-1])
            except ValueError:
                percent = -1
            if not 0 <= percent <= 100:  # noqa: PLR2004
                raise _not_a_size(text)
            return cls(percent=percent)
        return cls(bytes_free=parse_size(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The choices of one run.

    Args:
        models_root: the directory of the store.
        link_mode: `None` lets the probe choose.
        profile: the active profile; `None` is the lock's `default_profile`.
        frozen: the lock is the only input.
        offline: no network source may be opened.
        lock_timeout: seconds to wait for another process.
        reserve: what must stay free on the store's file system.
        hub_endpoint: the base URL of the Hub; `None` leaves it to the Hub's client.
        retries: how often a request is made again, in a row, after failures that waiting may cure.
        hub_cache: the directory of the Hugging Face cache that files may be taken from; `None` takes none.
    """

    models_root: Path
    link_mode: LinkMode | None = None
    profile: str | None = None
    frozen: bool = False
    offline: bool = False
    lock_timeout: float = DEFAULT_LOCK_TIMEOUT
    reserve: Reserve = field(default_factory=Reserve)
    hub_endpoint: str | None = None
    retries: int = DEFAULT_RETRIES
    hub_cache: Path | None = None


class Choices(TypedDict, total=False):
    """What a caller may choose, spelled as on the command line; a missing key or `None` is no choice.

    `models_root` is the directory of the store, `min_free` such as `5%` or `50G`, `lock_timeout` in seconds.
    """

    models_root: str | Path | None
    profile: str | None
    link_mode: str | None
    frozen: bool | None
    offline: bool | None
    lock_timeout: float | None
    min_free: str | None
    no_hub_cache: bool | None


def make_settings(
    choices: Choices, variables: Mapping[str, str], models_root: Path, hub_cache: Path | None = None
) -> Settings:
    """Return the settings: choices before variables before defaults.

    Args:
        choices: what the caller named.
        variables: the environment, handed in. On CI (`CI` is set) `frozen` is the default.
        models_root: the absolute directory of the store.
        hub_cache: the absolute directory of the user's Hugging Face cache.

    Raises:
        UsageError: a value makes no sense.
    """
    if unknown := sorted(set(choices) - set(Choices.__annotations__)):
        raise UsageError(
            f"There is no choice `{printable(unknown[0])}`", hint=suggest(unknown[0], Choices.__annotations__)
        )

    def text(choice: object, variable: str, default: str) -> str:
        return str(choice) if choice is not None else variables.get(variable) or default

    def flag(choice: bool | None, *names: str) -> bool:  # noqa: FBT001 (the value itself, not a switch)
        return (
            choice if choice is not None else next((parse_flag(variables, n) for n in names if variables.get(n)), False)
        )

    reserve = text(choices.get("min_free"), "WANSYNC_MIN_FREE", f"{DEFAULT_RESERVE_PERCENT}%")
    timeout = text(choices.get("lock_timeout"), "WANSYNC_LOCK_TIMEOUT", str(DEFAULT_LOCK_TIMEOUT))
    return Settings(
        models_root=models_root,
        link_mode=parse_link_mode(text(choices.get("link_mode"), "WANSYNC_LINK_MODE", "auto")),
        profile=text(choices.get("profile"), "WANSYNC_PROFILE", "") or None,
        frozen=flag(choices.get("frozen"), "WANSYNC_FROZEN", "CI"),
        offline=flag(choices.get("offline"), "WANSYNC_OFFLINE", "HF_HUB_OFFLINE"),
        lock_timeout=parse_seconds(timeout),
        reserve=Reserve.parse(reserve),
        hub_endpoint=variables.get("HF_ENDPOINT") or None,
        retries=parse_count("WANSYNC_HTTP_RETRIES", text(None, "WANSYNC_HTTP_RETRIES", str(DEFAULT_RETRIES))),
        hub_cache=None if flag(choices.get("no_hub_cache"), "WANSYNC_NO_HUB_CACHE") else hub_cache,
    )


def parse_size(text: str) -> int:
    """Return the bytes of `1048576`, `50G`, `50GB` (powers of ten) or `50GiB` (powers of two).

    Raises:
        UsageError: the text is no size.
    """
    upper = text.strip().upper().removesuffix("B")
    digits = upper.rstrip("KMGTI")
    try:
        size = int(float(digits) * _UNITS[upper[len(digits) :]])
    except (ValueError, KeyError, OverflowError):
        size = -1
    if size < 0:
        raise _not_a_size(text)
    return size


def _not_a_size(text: str) -> UsageError:
    return UsageError(
        f"`{printable(text)}` is no size",
        hint="Write bytes, or a number with K, M, G, T, such as `50G` or `50GiB`",
    )


def parse_link_mode(text: str) -> LinkMode | None:
    """Return the link mode of that name; `auto` is `None`.

    Raises:
        UsageError: there is no such link mode.
    """
    if text == "auto":
        return None
    try:
        return LinkMode(text)
    except ValueError:
        known = ", ".join(["auto", *LinkMode])
        raise UsageError(f"`{printable(text)}` is no link mode", hint=f"Choose one of {known}") from None


def parse_flag(values: Mapping[str, str], name: str) -> bool:
    """Return whether a variable says yes. `CI` says it with any value but a no; ours must say what they mean.

    Raises:
        UsageError: a `WANSYNC_` variable is neither a yes nor a no.
    """
    word = values.get(name, "").strip().casefold()
    if word in _NO or word in _YES or not name.startswith("WANSYNC_"):
        return word not in _NO
    raise UsageError(f"{name}: `{printable(values[name])}` is neither yes nor no", hint="Write 1 or 0")


def parse_count(name: str, text: str) -> int:
    """Return the whole number, not negative, that a variable holds.

    Raises:
        UsageError: the text is no such number.
    """
    if not (text.isascii() and text.isdigit()) or len(text) > 6:  # noqa: PLR2004 (nobody counts further)
        raise UsageError(f"{name}: `{printable(text)}` is no number", hint="Write a whole number such as `4`")
    return int(text)


def parse_seconds(text: str) -> float:
    """Return a number of seconds that is not negative.

    Raises:
        UsageError: the text is no such number.
    """
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds < float("inf"):
        raise UsageError(f"`{printable(text)}` is no number of seconds", hint="Write a number such as `300`")
    return seconds
