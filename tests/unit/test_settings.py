"""What a user can choose, and which choice wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from wansync.errors import UsageError
from wansync.settings import (
    Budget,
    Choices,
    LinkMode,
    Reserve,
    Settings,
    choose,
    from_choices,
    from_variables,
    make_settings,
    parse_budget,
    parse_size,
)
from wansync.settings.parse import (
    parse_flag,
    parse_jobs,
    parse_limit,
    parse_rate,
    parse_reserve,
    parse_seconds,
    says_yes,
)

ROOT = Path("/models")
CACHE = Path("/home/me/.cache/huggingface/hub")
SIZE_HINT = "Write bytes, or a number with K, M, G, T, such as `50G` or `50GiB`"


class Directories:
    """Of a user whose home is `/home/me`, in the working directory `/work`."""

    def absolute(self, text: str, base: Path | None, *, variables: bool = False) -> Path:
        home = text.replace("$HOME", "/home/me") if variables else text
        return (base or Path("/work")) / home.replace("~", "/home/me")

    def default_models_root(self) -> Path:
        return ROOT


def settings(choices: Choices | None = None, **variables: str) -> Settings:
    return make_settings(choose([from_choices(choices or {}), from_variables(variables)], Directories()))


def test_nothing_chosen_gives_the_defaults() -> None:
    expected = Settings(
        models_root=ROOT,
        link_mode=None,
        profile=None,
        frozen=False,
        offline=False,
        lock_timeout=300.0,
        reserve=Reserve(percent=3.0),
        hub_cache=CACHE,
    )

    assert expected == settings()


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "/home/me/.cache/huggingface/hub"),
        ({"XDG_CACHE_HOME": "/x"}, "/x/huggingface/hub"),
        ({"XDG_CACHE_HOME": "/x", "HF_HOME": "$HOME/h"}, "/home/me/h/hub"),
        ({"HF_HOME": "/h", "HUGGINGFACE_HUB_CACHE": "/old"}, "/old"),
        ({"HF_HOME": "/h", "HUGGINGFACE_HUB_CACHE": "/old", "HF_HUB_CACHE": "/new"}, "/new"),
        ({"HF_HUB_CACHE": "/new", "WANSYNC_HUB_CACHE": "mine"}, "/work/mine"),
        (
            {"XDG_CACHE_HOME": "", "HF_HOME": "", "HUGGINGFACE_HUB_CACHE": "", "HF_HUB_CACHE": ""},
            "/home/me/.cache/huggingface/hub",
        ),
    ],
    ids=str,
)
def test_hub_cache_is_where_its_client_keeps_it(variables: dict[str, str], expected: str) -> None:
    assert Path(expected) == settings({}, **variables).hub_cache


@pytest.mark.parametrize(
    ("choice", "variable", "used"),
    [(None, "", True), (None, "0", True), (None, "1", False), (True, "", False), (False, "1", True)],
)
def test_hub_cache_is_used_unless_it_is_switched_off(choice: bool | None, variable: str, used: bool) -> None:  # noqa: FBT001
    found = settings({"no_hub_cache": choice}, WANSYNC_NO_HUB_CACHE=variable)

    assert (CACHE if used else None) == found.hub_cache


def test_variables_win_over_defaults() -> None:
    found = settings(
        WANSYNC_PROFILE="prod",
        WANSYNC_LINK_MODE="symlink",
        WANSYNC_OFFLINE="1",
        WANSYNC_FROZEN="true",
        WANSYNC_LOCK_TIMEOUT="2.5",
        WANSYNC_MIN_FREE="50G",
    )

    expected = Settings(
        models_root=ROOT,
        link_mode=LinkMode.SYMLINK,
        profile="prod",
        frozen=True,
        offline=True,
        lock_timeout=2.5,
        reserve=Reserve(bytes_free=50 * 10**9),
        hub_cache=CACHE,
    )
    assert expected == found


def test_choices_win_over_variables() -> None:
    choices: Choices = {
        "profile": "tiny",
        "link_mode": "copy",
        "offline": False,
        "frozen": False,
        "lock_timeout": 0,
        "min_free": "0",
    }
    found = settings(
        choices,
        WANSYNC_PROFILE="prod",
        WANSYNC_LINK_MODE="symlink",
        WANSYNC_OFFLINE="1",
        WANSYNC_FROZEN="1",
        WANSYNC_LOCK_TIMEOUT="9",
        WANSYNC_MIN_FREE="50G",
    )

    expected = Settings(
        models_root=ROOT,
        link_mode=LinkMode.COPY,
        profile="tiny",
        lock_timeout=0.0,
        reserve=Reserve(bytes_free=0),
        hub_cache=CACHE,
    )
    assert expected == found


def test_choice_of_none_leaves_the_variable() -> None:
    assert settings({"profile": None, "offline": None}, WANSYNC_PROFILE="prod", WANSYNC_OFFLINE="1") == settings(
        WANSYNC_PROFILE="prod", WANSYNC_OFFLINE="1"
    )


@pytest.mark.parametrize(
    ("choice", "variables", "frozen"),
    [
        (None, {}, False),
        (None, {"CI": "true"}, True),
        (None, {"CI": "1"}, True),
        (None, {"CI": "false"}, False),
        (None, {"CI": ""}, False),
        (None, {"CI": "true", "WANSYNC_FROZEN": "0"}, False),
        (None, {"WANSYNC_FROZEN": "yes"}, True),
        (False, {"CI": "true", "WANSYNC_FROZEN": "1"}, False),
        (True, {"WANSYNC_FROZEN": "0"}, True),
    ],
)
def test_frozen_is_chosen_else_variable_else_ci(
    choice: bool | None,  # noqa: FBT001
    variables: dict[str, str],
    frozen: bool,  # noqa: FBT001
) -> None:
    assert frozen is settings({"frozen": choice}, **variables).frozen


@pytest.mark.parametrize("text", ["", "0", "false", "FALSE", "no", "Off", "  0 "])
def test_flag_that_is_off(text: str) -> None:
    assert parse_flag(text) is False


@pytest.mark.parametrize("text", ["1", "true", "YES", " on"])
def test_flag_that_is_on(text: str) -> None:
    assert parse_flag(text) is True


@pytest.mark.parametrize(("text", "yes"), [("2", True), ("github", True), ("0", False), ("False", False)])
def test_variable_of_others_says_yes_with_any_word_but_a_no(text: str, yes: bool) -> None:  # noqa: FBT001
    assert yes is says_yes(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("1048576", 1_048_576),
        ("512B", 512),
        ("50K", 50_000),
        ("50KB", 50_000),
        ("50KiB", 51_200),
        ("1.5m", 1_500_000),
        ("50G", 50 * 10**9),
        ("50gib", 50 * 2**30),
        ("2 TiB", 2 * 2**40),
        (" 3T ", 3 * 10**12),
    ],
)
def test_size_with_unit_is_bytes(text: str, expected: int) -> None:
    assert expected == parse_size(text)


@pytest.mark.parametrize("text", ["", "G", "50X", "50GG", "5 0G", "nan", "inf", "1e999", "-1", "-5GiB", "0x10"])
def test_size_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_size(text)

    assert (f"`{text}` is no size", SIZE_HINT) == (str(caught.value), caught.value.hint)


@pytest.mark.parametrize(
    ("text", "budget"),
    [
        ("45s", Budget(seconds=45)),
        ("10m", Budget(seconds=600)),
        (" 1.5h ", Budget(seconds=5400)),
        ("2d", Budget(seconds=172_800)),
        ("10M", Budget(size=10_000_000)),
        ("50g", Budget(size=50 * 10**9)),
        ("50GiB", Budget(size=50 * 2**30)),
        ("4kb", Budget(size=4000)),
    ],
)
def test_budget_is_a_time_or_a_size(text: str, budget: Budget) -> None:
    assert budget == parse_budget(text)


@pytest.mark.parametrize("text", ["", "10", "0s", "0G", "-1h", "m", "G", "10x", "nanh", "infs"])
def test_budget_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_budget(text)

    assert str(caught.value) == f"`{text}` is no budget"


@pytest.mark.parametrize(
    ("text", "capacity", "expected"),
    [("3%", 1000, 30), ("0%", 1000, 0), ("100%", 1000, 1000), ("2.5%", 1000, 25), ("50K", 10, 50_000), ("0", 10, 0)],
)
def test_reserve_is_a_share_or_a_number(text: str, capacity: int, expected: int) -> None:
    assert expected == parse_reserve(text).of(capacity)


@pytest.mark.parametrize("text", ["101%", "-1%", "nan%", "inf%", "%", "three%", "-5G"])
def test_reserve_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        settings(WANSYNC_MIN_FREE=text)

    assert (f"WANSYNC_MIN_FREE: `{text}` is no size", SIZE_HINT) == (str(caught.value), caught.value.hint)


@pytest.mark.parametrize("text", ["-1", "nan", "inf", "soon", "-inf"])
def test_lock_timeout_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_seconds(text)

    assert f"`{text}` is no number of seconds" == str(caught.value)
    assert caught.value.hint == "Write a number such as `300`"


def test_link_mode_that_is_unknown_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError) as caught:
        settings(WANSYNC_LINK_MODE="junction")

    assert str(caught.value) == "WANSYNC_LINK_MODE: `junction` is no link mode"
    assert caught.value.hint == "Choose one of auto, reflink, hardlink, symlink, copy"


def test_link_mode_auto_leaves_the_choice_to_the_probe() -> None:
    assert settings({"link_mode": "auto"}, WANSYNC_LINK_MODE="copy").link_mode is None


def test_limits_are_none_but_for_connections() -> None:
    found = settings()

    assert (found.jobs, found.limit_rate, found.max_download) == (16, None, None)


def test_limits_are_chosen_as_text_or_as_numbers() -> None:
    written = settings(WANSYNC_JOBS="1", WANSYNC_LIMIT_RATE="10MiB", WANSYNC_MAX_DOWNLOAD="50G")
    chosen = settings({"jobs": 1, "limit_rate": 10 * 2**20, "max_download": 50 * 10**9})

    assert (written.jobs, written.limit_rate, written.max_download) == (1, 10 * 2**20, 50 * 10**9)
    assert written == chosen


@pytest.mark.parametrize("text", ["", "none", "NONE", " None "])
def test_no_limit_can_be_said(text: str) -> None:
    """A variable that is empty gives nothing, so a word takes back what the user's file says."""
    assert (parse_limit(text), parse_rate(text)) == (None, None)


def test_limit_of_nothing_is_a_limit() -> None:
    assert parse_limit("0") == 0


@pytest.mark.parametrize(("text", "rate"), [("1000", 1000), ("1k", 1000), ("10M", 10**7), ("1.5MiB", 1_572_864)])
def test_rate_is_bytes_per_second(text: str, rate: int) -> None:
    assert rate == parse_rate(text)


@pytest.mark.parametrize("text", ["0", "10", "999"])
def test_rate_without_its_unit_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_rate(text)

    assert f"`{text}` is no rate: it is less than 1000 bytes per second" == str(caught.value)
    assert caught.value.hint == ("Write bytes per second, or a number with K, M, G, such as `10M`; `none` is no limit")


@pytest.mark.parametrize(("text", "jobs"), [("1", 1), ("16", 16), ("64", 64)])
def test_jobs_are_a_number_of_connections(text: str, jobs: int) -> None:
    assert jobs == parse_jobs(text)


@pytest.mark.parametrize("text", ["", "0", "65", "-1", "1.5", "four", "100", "\u0664"])
def test_jobs_that_make_no_sense_are_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_jobs(text)

    assert f"`{text}` is no number of connections" == str(caught.value)
    assert caught.value.hint == "Write a whole number from 1 to 64"
