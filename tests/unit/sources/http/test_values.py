"""Secrets that are not printed, and waits that are read with care."""

from __future__ import annotations

import copy

import pytest

from wansync.sources import Network
from wansync.sources.http import SecretUrl
from wansync.sources.http.waits import retry_after

NOW = "Fri, 01 Jan 2027 00:00:00 GMT"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:canary@cdn.test:8443/canary?Signature=canary#canary", "https://cdn.test/***"),
        ("https://[canary", "***"),
    ],
)
def test_secret_url_shows_its_host_at_most(url: str, shown: str) -> None:
    secret = SecretUrl(url)

    assert (str(secret), repr(secret), f"{secret!s:>3}") == (shown, f"SecretUrl({shown})", shown)
    assert "canary" not in repr([copy.copy(secret), {"url": secret}])
    assert "canary" not in str(ValueError(secret))


def test_network_shows_no_variable() -> None:
    assert "canary" not in repr(Network({"HTTPS_PROXY": "http://u:canary@proxy.test"}))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": " 12 "}, 12),
        ({"Retry-After": "1.5"}, None),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "1e3"}, None),
        ({"Retry-After": "\u00b2"}, None),
        ({"Retry-After": "9" * 7}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "Fri, 01 Jan 2027 00:01:00 GMT", "Date": NOW}, 60),
        ({"Retry-After": "Thu, 31 Dec 2026 23:59:00 GMT", "Date": NOW}, 0),
        ({"Retry-After": "Fri, 01 Jan 2100 00:00:00 GMT", "Date": NOW}, None),
        ({"Retry-After": "Fri, 99 Jan 2027 00:01:00 GMT", "Date": NOW}, None),
        ({"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0),
        ({"RateLimit": '"api";r=0;t=55'}, 55),
        ({"RateLimit": '"api";r=1;t=55'}, None),
    ],
)
def test_wait_that_is_asked_for(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == seconds
