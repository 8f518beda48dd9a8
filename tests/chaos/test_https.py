"""A handful of the lies about the files of an `https:` source, whose server has no CDN to redirect to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.chaos.lies import LIES
from tests.chaos.server import Liar
from tests.chaos.stage import READY, SMALL, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.chaos.lies import Lie
    from tests.chaos.stage import Locked

pytestmark = pytest.mark.timeout(200)
NAMES = [
    *("first byte wrong", "object changes midway", "If-Range not understood", "weak ETag"),
    *("200 for a range", "range starts late", "unknown total", "body cut short", "endless body", "no Content-Length"),
]
TRIED = {lie.name: lie for lie in LIES if lie.name in NAMES}


@pytest.fixture
def web_stage(chaos_locked: Locked, tmp_path: Path) -> Iterator[Stage]:
    """A project whose files are those of an `https:` source, and a liar that is honest until it is told otherwise."""
    with Liar(chaos_locked.files) as liar:
        locked = chaos_locked.of_web(tmp_path / "locked", liar)
        liar.be_honest()
        yield Stage(tmp_path / "chaos", locked, liar)


def test_lies_are_those_of_the_table() -> None:
    assert sorted(TRIED) == sorted(NAMES)


@pytest.mark.parametrize("lie", TRIED.values(), ids=TRIED)
def test_lie_of_a_web_server_is_healed_or_told(web_stage: Stage, lie: Lie) -> None:
    name = lie.file if lie.large else SMALL
    web_stage.liar.lie(lie.fault)

    ended = web_stage.sync(name, lie.hurry)

    assert any(asked.lied for asked in web_stage.liar.asked)
    assert ended.how in (lie.small or frozenset()) | (lie.large or frozenset()), ended.said
    assert web_stage.broken(ended) == []
    if ended.how == READY:
        assert web_stage.is_right(name)
    else:
        assert web_stage.not_healed(name, kept=lie.kept) == []
