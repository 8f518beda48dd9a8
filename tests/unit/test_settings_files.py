"""Settings in files: the user's `config.toml`, and `[settings]` of `models.toml`."""

from __future__ import annotations

from pathlib import Path

import pytest

from wansync.errors import InvalidConfigError, InvalidManifestError
from wansync.manifest.settings import may_have_settings, parse_project_settings
from wansync.settings import SETTINGS, Choices, find_setting
from wansync.settings.document import parse_config
from wansync.surroundings import FOREIGN_VARIABLES

PATH = Path("/home/me/.config/wansync/config.toml")


def given(text: str) -> dict[str, str]:
    return {name: found.text for name, found in parse_config(text.encode(), PATH).items()}


def test_user_can_give_every_setting() -> None:
    text = """
    models_root = "models"
    profile = "prod"
    frozen = true
    offline = false
    link_mode = "copy"
    lock_timeout = 2.5
    min_free = "5%"
    max_size = "500G"
    keep_generations = 2
    allow_license = ["mit", "apache-2.0"]
    deny_license = []
    http_retries = 0
    jobs = 4
    limit_rate = "10M"
    max_download = "none"
    first = ["vae", "umt5"]
    transport = "hf_transfer"
    hub_endpoint = "https://hub"
    hub_cache = "~/hub"
    no_hub_cache = true
    s3_endpoint = "https://minio"
    s3_region = "eu-central-1"
    root_name = "fleet"
    s3_anonymous = false
    origin = false
    [mirrors.company]
    url = "s3:weights/models"
    """

    found = parse_config(text.encode(), PATH)

    assert {setting.name for setting in SETTINGS} == set(found)
    assert (found["frozen"].text, found["lock_timeout"].text) == ("yes", "2.5")
    assert found["allow_license"].text == "mit,apache-2.0"
    assert found["models_root"].base == PATH.parent
    assert {str(value.origin) for value in found.values()} == {f"user config: {PATH}"}


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("linkmode = 'copy'", " line 1, `linkmode`: unknown setting `linkmode`", "Did you mean `link_mode`?"),
        ("\nlink_mode = 1", " line 2, `link_mode`: expected a string, not an integer", None),
        ("link_mode = 'junction'", " line 1, `link_mode`: `junction` is no link mode", "Choose one of auto, reflink,"),
        ("frozen = 'yes'", " line 1, `frozen`: expected true or false, not a string", None),
        ("lock_timeout = -1", " line 1, `lock_timeout`: `-1` is no number of seconds", "Write a number such as"),
        ("lock_timeout = '5'", " line 1, `lock_timeout`: expected a number, not a string", None),
        ("lock_timeout = -0.5", " line 1, `lock_timeout`: `-0.5` is no number of seconds", "Write a number such as"),
        ("http_retries = true", " line 1, `http_retries`: expected an integer, not true or false", None),
        ("http_retries = 1234567", " line 1, `http_retries`: `1234567` is no number", "Write a whole number"),
        ("jobs = 0", " line 1, `jobs`: `0` is no number of connections", "Write a whole number from 1 to 64"),
        ("jobs = '4'", " line 1, `jobs`: expected an integer, not a string", None),
        ("limit_rate = '10'", " line 1, `limit_rate`: `10` is no rate", "Write bytes per second"),
        ("max_download = 5", " line 1, `max_download`: expected a string, not an integer", None),
        ("min_free = 'much'", " line 1, `min_free`: `much` is no size", "Write bytes"),
        ("models_root = ''", " line 1, `models_root`: expected a directory, not an empty text", None),
        ("allow_license = 'mit'", " line 1, `allow_license`: expected a list, not a string", None),
        ("[tool]\na = 1", " line 1, `tool`: unknown setting `tool`", "Known: "),
        ("link_mode = \n", " line 1: it is no TOML", None),
        ('"\\u001b[31m" = 1', ": unknown setting `\\x1b[31m`", "Known: "),
    ],
    ids=lambda value: str(value)[:30],
)
def test_file_that_makes_no_sense_is_refused(text: str, message: str, hint: str | None) -> None:
    with pytest.raises(InvalidConfigError) as caught:
        given(text)

    assert message in str(caught.value)
    assert str(caught.value).startswith(f"Invalid settings `{PATH}`")
    assert caught.value.hint.startswith(hint or "Correct the file, or do without it by WANSYNC_NO_CONFIG=1")
    assert caught.value.facts["file"] == str(PATH)


def test_empty_file_gives_nothing() -> None:
    assert given("") == {}
    assert given("# nothing yet\n") == {}


def project(text: str) -> dict[str, str]:
    found = parse_project_settings(text.encode(), Path("/app/models.toml"))
    return {name: f"{value.text} ({value.origin})" for name, value in found.items()}


def test_project_gives_what_its_models_need() -> None:
    text = "schema_version = 1\n[settings]\nlink_mode = 'copy'\ndeny_license = ['x']\n[project]\nname = 'a'\n"

    assert project(text) == {
        "link_mode": "copy (project: /app/models.toml)",
        "deny_license": "x (project: /app/models.toml)",
    }


@pytest.mark.parametrize("name", sorted(setting.name for setting in SETTINGS if not setting.in_project))
def test_project_cannot_give_what_is_the_users(name: str) -> None:
    with pytest.raises(InvalidManifestError) as caught:
        project(f"[settings]\n{name} = 1\n")

    assert str(caught.value) == f"Invalid manifest `models.toml` line 2, `settings.{name}`: no project can set this"
    assert f"WANSYNC_{name.upper()}" in caught.value.hint


def test_project_gives_only_what_can_do_no_harm() -> None:
    """Where bytes go, who gets a token, how full the disk may be, and whether locks are obeyed, are the user's.

    An endpoint of S3 gets no secret: a signature is good for that host alone.
    """
    assert {setting.name for setting in SETTINGS if setting.in_project} == {
        "link_mode",
        "allow_license",
        "deny_license",
        "s3_endpoint",
        "s3_region",
        "s3_anonymous",
    }


@pytest.mark.parametrize("spelling", ["settings.link_mode = 'copy'", "'s\\u0065ttings' = 1", '["s\\u0065ttings"]'])
def test_table_is_seen_however_it_is_spelled(spelling: str) -> None:
    assert may_have_settings(spelling.encode())


def test_most_manifests_surely_have_no_settings() -> None:
    assert not may_have_settings(b"schema_version = 1\n[project]\nname = 'a'\n")


def test_choices_are_the_table() -> None:
    assert [setting.name for setting in SETTINGS] == list(Choices.__annotations__)


def test_variables_of_others_are_part_of_the_fingerprint() -> None:
    honoured = {foreign.name for setting in SETTINGS for foreign in setting.foreign}

    assert set(FOREIGN_VARIABLES) == honoured | {"NO_COLOR", "WAN_MODELS_MANIFEST"}


@pytest.mark.parametrize("name", ["link_mode", "link-mode", "--link-mode", "WANSYNC_LINK_MODE", "LINK_MODE"])
def test_setting_is_found_by_any_of_its_names(name: str) -> None:
    found = find_setting(name)

    assert found is not None
    assert found.name == "link_mode"


def test_setting_is_found_by_a_variable_of_others() -> None:
    found = find_setting("HF_HOME")

    assert found is not None
    assert found.name == "hub_cache"
    assert find_setting("") is None
