"""`[https."host/dir"]` of the user's settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from wansync.errors import InvalidConfigError
from wansync.settings.document import parse_config, parse_rules
from wansync.settings.urls import UrlRule

PATH = Path("/u/config.toml")
SECRET = "canary-of-a-password"  # noqa: S105 (worth nothing)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('url_env = "NAME"', UrlRule(variable="NAME")),
        ('url_command = ["presign", "{path}"]', UrlRule(command=("presign", "{path}"))),
        ("plain_http = true", UrlRule(plain_http=True)),
        ("", UrlRule()),
    ],
)
def test_rule_says_what_it_says(text: str, rule: UrlRule) -> None:
    data = f'jobs = 3\n[https."weights.example/dir/"]\n{text}\n'.encode()

    assert parse_rules(data, PATH) == {"weights.example/dir": rule}
    assert parse_config(data, PATH).keys() == {"jobs"}


def test_file_without_rules_has_none() -> None:
    assert parse_rules(b"jobs = 3\n", PATH) == {}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[https."h"]\nurl = "x"', "`https.h.url`"),
        ('[https."h"]\nurl_command = "presign"', "`https.h.url_command`"),
        ('[https."h"]\nurl_command = []', "it names no command"),
        ('[https."h"]\nurl_command = [""]', "it names no command"),
        ('[https."h"]\nurl_command = ["x"]\nurl_env = "N"', "it does not go with `url_command`"),
        ('[https."h"]\nplain_http = 1', "`https.h.plain_http`"),
        ('[https]\nh = "x"', "`https.h`"),
        ("https = 1", "`https`"),
    ],
)
def test_rule_that_makes_no_sense_is_refused(text: str, reason: str) -> None:
    with pytest.raises(InvalidConfigError) as raised:
        parse_config(text.encode(), PATH)

    assert reason in raised.value.reason


@pytest.mark.parametrize("name", [f"https://me:{SECRET}@host/dir", f"host/dir?sig={SECRET}"])
def test_name_that_could_hold_a_secret_is_refused_and_not_shown(name: str) -> None:
    with pytest.raises(InvalidConfigError) as raised:
        parse_rules(f'[https."{name}"]\n'.encode(), PATH)

    assert SECRET not in f"{raised.value.reason} {raised.value.hint} {raised.value.facts}"
