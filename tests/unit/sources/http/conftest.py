"""What the tests of the HTTP client share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.certificates import Authority
from wansync.sources.http import HttpClient, SecretUrl, Times, UnderWay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wansync.sources.http import Answer


@pytest.fixture
def client() -> Iterator[HttpClient]:
    made = HttpClient({})
    yield made
    made.close()


@pytest.fixture
def under_way() -> UnderWay:
    return UnderWay()


@pytest.fixture
def get(client: HttpClient, under_way: UnderWay) -> Callable[..., Answer]:
    """Ask for a URL; times are short, and overridden by name."""

    def ask(url: str, headers: dict[str, str] | None = None, **times: float) -> Answer:
        waits = Times(**{"connect": 5.0, "read": 5.0, "head": 5.0, **times})
        return client.get(SecretUrl(url), headers or {}, waits, under_way)

    return ask


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))
