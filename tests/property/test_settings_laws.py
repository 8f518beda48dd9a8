"""Laws of settings: the strongest origin wins, whatever the others say, and no origin changes another setting."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from wansync.manifest.settings import parse_project_settings
from wansync.settings import SETTINGS, Kind, OriginKind, Setting, choose, from_choices, from_variables
from wansync.settings.document import parse_config
from wansync.surroundings import UserDirectories

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from wansync.settings import Chosen

_WORDS = st.text("abcdefghij", min_size=1, max_size=8)
_VALUES: dict[Kind, SearchStrategy[object]] = {
    Kind.FLAG: st.booleans(),
    Kind.SECONDS: st.integers(0, 999) | st.floats(0, 1e6),
    Kind.COUNT: st.integers(0, 999_999),
    Kind.SIZE: st.builds("{}{}".format, st.integers(0, 100), st.sampled_from(["", "%", "G", "GiB"])),
    Kind.LIMIT: st.builds("{}{}".format, st.integers(0, 999), st.sampled_from(["", "G", "GiB"])) | st.just("none"),
    Kind.RATE: st.builds("{}{}".format, st.integers(1000, 9999), st.sampled_from(["", "K", "MiB"])) | st.just("none"),
    Kind.JOBS: st.integers(1, 64),
    Kind.WORD: _WORDS,
    Kind.NAME: _WORDS,
    Kind.DIRECTORY: _WORDS.map("/{}".format),
    Kind.LINK_MODE: st.sampled_from(["auto", "reflink", "hardlink", "symlink", "copy"]),
    Kind.TRANSPORT: st.sampled_from(["builtin", "hf_transfer"]),
    Kind.NAMES: st.lists(_WORDS, min_size=1, max_size=3),
}
_SETTINGS = [setting for setting in SETTINGS if setting.kind is not Kind.MIRRORS]
"""Mirrors of several origins are put together: see test_mirror_laws.py."""
FLAG, ENVIRONMENT, USER, SYSTEM, PROJECT, DEFAULT = OriginKind


@st.composite
def gifts(draw: st.DrawFn, origin: OriginKind) -> dict[str, object]:
    """Return what an origin gives: some of what it may."""
    names = [setting for setting in _SETTINGS if setting.in_project or origin is not PROJECT]
    chosen = draw(st.sets(st.sampled_from(names))) if names else set()
    return {setting.name: draw(_VALUES[setting.kind]) for setting in sorted(chosen, key=lambda found: found.name)}


def in_environment(values: dict[str, object]) -> dict[str, str]:
    """Return the variables that say the same."""
    by_name = {setting.name: setting for setting in SETTINGS}
    return {by_name[name].variable: text(value) for name, value in values.items()}


def text(value: object) -> str:
    match value:
        case bool():
            return "1" if value else "0"
        case list():
            return ", ".join(value)
        case _:
            return str(value)


def all_of(flags: object, environment: object, user: object, system: object, project: object) -> dict[str, Chosen]:
    layers = (
        from_choices(flags),  # type: ignore[arg-type]
        from_variables(in_environment(environment)),  # type: ignore[arg-type]
        parse_config(tomlkit.dumps(user).encode(), Path("/u/config.toml")),  # type: ignore[arg-type]
        parse_config(tomlkit.dumps(system).encode(), Path("/etc/config.toml"), SYSTEM),  # type: ignore[arg-type]
        parse_project_settings(tomlkit.dumps({"settings": project}).encode(), Path("/p/models.toml")),
    )
    return choose(layers, UserDirectories())


@given(st.tuples(gifts(FLAG), gifts(ENVIRONMENT), gifts(USER), gifts(SYSTEM), gifts(PROJECT)))
def test_strongest_origin_wins(layers: tuple[dict[str, object], ...]) -> None:
    found = all_of(*layers)

    for setting in _SETTINGS:
        expected = _strongest(setting, layers)
        assert expected is found[setting.name].origin.kind
        alone = [values if kind is expected else {} for kind, values in _by_kind(*layers)]
        assert found[setting.name].value == all_of(*alone)[setting.name].value


def _by_kind(*layers: dict[str, object]) -> list[tuple[OriginKind, dict[str, object]]]:
    return list(zip((FLAG, ENVIRONMENT, USER, SYSTEM, PROJECT), layers, strict=True))


def _strongest(setting: Setting, layers: tuple[dict[str, object], ...]) -> OriginKind:
    return next((kind for kind, values in _by_kind(*layers) if setting.name in values), DEFAULT)


@given(gifts(FLAG))
def test_every_origin_means_the_same_by_the_same_value(values: dict[str, object]) -> None:
    told = [all_of(*(values if place == at else {} for place in range(5))) for at in range(4)]

    for name in values:
        assert all(found[name].value == told[0][name].value for found in told)
