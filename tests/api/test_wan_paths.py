"""`get_wan_paths`: typed paths of a model, however its variant is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from wansync import Project
from wansync.errors import UnknownModelError, UsageError
from wansync.manifest import Role
from wansync.ops.ensure import ensure
from wansync.wan import get_wan_paths
from wansync.wan.catalog import Backend, Expert

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from wansync.ops.ensure import EnsureReport
    from wansync.project import Workspace


def test_paths_have_every_part_by_role(repository: Path) -> None:
    paths = get_wan_paths("i2v-A14B")

    assert paths.root == Project().ensure("i2v-A14B@tiny").paths["i2v-A14B@tiny"]
    assert (paths.name, paths.backend) == ("i2v-A14B@tiny", Backend.DIFFUSERS)
    assert [part.name for part in paths.of_role(Role.UNET)] == ["transformer", "transformer_2"]
    assert [part.name for part in paths.of_role(Role.TEXT_ENCODER)] == ["text_encoder", "tokenizer"]
    assert paths.of_role(Role.IMAGE_ENCODER) == ()
    assert paths.provided == {Role.IMAGE_ENCODER: Role.VAE}
    assert list(paths.experts) == [Expert.HIGH_NOISE, Expert.LOW_NOISE]
    assert all(path.is_file() for part in paths.parts for path in part.paths)
    assert {path for part in paths.parts for path in part.paths} == {p for p in paths.root.rglob("*") if p.is_file()}


def test_model_with_one_transformer_has_one_expert(repository: Path) -> None:
    assert list(get_wan_paths("ti2v-5B").experts) == [Expert.ONLY]


@pytest.mark.parametrize(
    ("model", "variant"),
    [("T2V-a14b", None), ("wan2.2-t2v-a14b", "tiny"), ("t2v-A14B@tiny", None), ("t2v-A14B@Tiny", "tiny")],
)
def test_variant_is_named_in_either_way(repository: Path, model: str, variant: str | None) -> None:
    assert get_wan_paths(model, variant).name == "t2v-A14B@tiny"


def test_two_variants_exclude_each_other(repository: Path) -> None:
    with pytest.raises(UsageError, match="exclude each other"):
        get_wan_paths("t2v-A14B@native", "tiny")


def test_variant_that_there_is_not(repository: Path) -> None:
    with pytest.raises(UnknownModelError, match="has no variant `tyni`"):
        get_wan_paths("t2v-A14B", "tyni")


def test_lock_that_is_replaced_meanwhile_is_read_again(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was made ready and what is told of it are of one lock."""
    lock = repository / "models.lock"
    old = lock.read_bytes()
    calls: list[Sequence[str]] = []

    def relock_then_ensure(workspace: Workspace, wanted: Sequence[str]) -> EnsureReport:
        if not calls:
            config = repository / "examples/tiny-wan/t2v-A14B/transformer/config.json"
            config.write_text(config.read_text() + "\n")
            # Nothing asks for it to be locked again: somebody else does.
            Project().lock()
        calls.append(wanted)
        return ensure(workspace, wanted)

    monkeypatch.setattr("wansync.wan.paths.ensure", relock_then_ensure)

    paths = get_wan_paths("t2v-A14B")

    assert lock.read_bytes() != old
    assert len(calls) == 2
    sizes = [(path.stat().st_size, file.size) for p in paths.parts for path, file in zip(p.paths, p.files, strict=True)]
    assert [there for there, _ in sizes] == [locked for _, locked in sizes]
