from __future__ import annotations

from wansync.digest import Revision
from wansync.errors import SourceFailError
from wansync.manifest import SourceRef
from wansync.paths import RelativePath
from wansync.plan import Origin
from wansync.transfer import FailureMemory

ERROR = SourceFailError("It failed", hint="Try again")


def origin(path: str = "model.safetensors") -> Origin:
    return Origin(source=SourceRef.parse("hf:test/place"), revision=Revision("a" * 40), path=RelativePath(path))


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_failure_is_remembered_until_its_time_is_up() -> None:
    clock = Clock()
    memory = FailureMemory(clock, ttl=30)
    assert memory.recall(origin()) is None

    memory.remember(origin(), ERROR)

    assert memory.recall(origin()) is ERROR
    clock.now += 29.9
    assert memory.recall(origin()) is ERROR
    clock.now += 0.1
    assert memory.recall(origin()) is None
    clock.now -= 20
    assert memory.recall(origin()) is None


def test_failure_of_one_file_says_nothing_of_another() -> None:
    memory = FailureMemory(Clock())

    memory.remember(origin(), ERROR)

    assert memory.recall(origin("config.json")) is None
