"""Small files beside large ones, with fewer connections than files: none waits for all of another."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from tests.support.ranged import RangedSource
from tests.unit.store.stores import make_store
from wansync.digest import Digest, Revision
from wansync.events import EventStream
from wansync.paths import RelativePath
from wansync.plan import FileVerb, Origin, StageItem
from wansync.sources import Patience
from wansync.store import SEGMENT
from wansync.transfer import Engine, FailureMemory, Limiter, Means, Outcome

if TYPE_CHECKING:
    from pathlib import Path

LARGE = {f"{name}.safetensors": random.Random(name).randbytes(4 * SEGMENT) for name in "ab"}  # noqa: S311
SMALL = {f"{name}.json": name.encode() * 1000 for name in "cdefg"}


def test_small_files_have_every_second_connection_that_becomes_free(tmp_path: Path) -> None:
    source = RangedSource("hf:test/first", {**LARGE, **SMALL})
    means = Means(events=EventStream("run", []), patience=Patience(), limiter=Limiter(None), jobs=2)
    engine = Engine(make_store(tmp_path), lambda _ref: source, FailureMemory(lambda: 0.0), means)
    items = [_item(source, name, data) for name, data in source.files.items()]

    ended = [(item.path.text, type(result)) for item, result in engine.make_all_present([items], engine.make_present)]

    assert {kind for _, kind in ended} == {Outcome}
    assert {name for name, _ in ended[: len(SMALL)]} == set(SMALL)


def _item(source: RangedSource, name: str, data: bytes) -> StageItem:
    path = RelativePath(name)
    origin = Origin(source=source.ref, revision=Revision("a" * 40), path=path)
    return StageItem(digest=Digest.of(data), size=len(data), path=path, verb=FileVerb.FETCH, have=0, origins=(origin,))
