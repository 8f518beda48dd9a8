"""`add` with a source that has revisions; and what other programs do to models.toml while it runs."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

import pytest

from tests.support.project import ProjectBuilder, content
from tests.support.simulators import MemorySource
from tests.unit.samples import COMMIT, OTHER_COMMIT
from wansync.errors import NotFoundError, UsageError
from wansync.manifest import Scheme
from wansync.ops.add import add
from wansync.ops.edit import edited
from wansync.project import Workspace, open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from wansync.digest import Revision
    from wansync.listing import Listing
    from wansync.manifest import SourceRef
    from wansync.paths import PathFilter
    from wansync.sources import KnownDigests, Payloads, ProvenFiles, Source

NAME = "hf:Wan-AI/Wan2.2-TI2V-5B-Diffusers"
FILES = {
    "model_index.json": b"{}",
    "transformer/model.safetensors": content("ti2v", 1000),
    "vae/model.safetensors": content("vae", 500),
}


class Hub(MemorySource):
    """A repository that does something while it is listed."""

    meanwhile: Callable[[], object] = staticmethod(lambda: None)

    def _list(self, ref: str | None, revision: Revision | None, filters: Sequence[PathFilter]) -> Listing:
        self.meanwhile()
        return super()._list(ref, revision, filters)


@dataclass(frozen=True, slots=True, kw_only=True)
class HubWorkspace(Workspace):
    """A workspace whose `hf:` sources are one repository in memory."""

    hub: Hub = field(default_factory=lambda: Hub(NAME, dict(FILES)))

    def open_source(
        self,
        ref: SourceRef,
        known: KnownDigests | None = None,
        proven: ProvenFiles | None = None,
        payloads: Payloads | None = None,
    ) -> Source:
        """Return the repository, or the directory that the reference names."""
        return self.hub if ref.scheme is Scheme.HUB else Workspace.open_source(self, ref, known, proven, payloads)

    def pins(self) -> dict[str, str]:
        """Return component id -> locked revision of what comes from the hub."""
        lock, _ = self.lock()
        return {one.id: str(one.revision) for one in lock.components if one.source.scheme is Scheme.HUB}


@pytest.fixture
def workspace(project: ProjectBuilder) -> HubWorkspace:
    """The project, and a repository with one commit that `main` and the default name."""
    base = open_workspace(project.directory)
    workspace = HubWorkspace(**{one.name: getattr(base, one.name) for one in fields(base)})
    workspace.hub.commit(COMMIT, None, "main")
    return workspace


def test_add_asks_the_source_once_and_locks_what_it_has_seen(workspace: HubWorkspace) -> None:
    report = add(workspace, NAME, {})

    assert workspace.hub.listed == 1
    assert report.model == "Wan2.2-TI2V-5B-Diffusers@diffusers"
    assert set(workspace.pins().values()) == {str(COMMIT)}
    assert b"revision" not in workspace.manifest_path.read_bytes()


def test_add_keeps_the_ref_movable(workspace: HubWorkspace) -> None:
    report = add(workspace, f"{NAME}@main", {"component": "vae", "subfolder": "vae"})

    assert report.wish.ref == "main"
    assert b'source = "hf:Wan-AI/Wan2.2-TI2V-5B-Diffusers"\nrevision = "main"\n' in workspace.manifest_path.read_bytes()
    assert workspace.pins() == {"vae": str(COMMIT)}


def test_add_does_not_move_what_is_pinned_from_the_same_repository(workspace: HubWorkspace) -> None:
    add(workspace, NAME, {"component": "vae", "subfolder": "vae"})
    workspace.hub.commit(OTHER_COMMIT, None, "main")

    add(workspace, NAME, {"component": "transformer", "subfolder": "transformer"})

    assert workspace.pins() == {"transformer": str(OTHER_COMMIT), "vae": str(COMMIT)}


def test_add_with_a_ref_that_is_not_there_changes_nothing(workspace: HubWorkspace) -> None:
    before = workspace.manifest_path.read_bytes()

    with pytest.raises(NotFoundError, match="has no ref `mian`"):
        add(workspace, f"{NAME}@mian", {})

    assert before == workspace.manifest_path.read_bytes()


def test_edit_of_somebody_else_meanwhile_is_not_lost(workspace: HubWorkspace) -> None:
    before = workspace.manifest_path.read_bytes()
    workspace.hub.meanwhile = lambda: workspace.manifest_path.write_bytes(before + b"# mine\n")

    with pytest.raises(UsageError) as raised:
        add(workspace, NAME, {})

    assert raised.value.reason == "`models.toml` has changed while this command ran, and is left as it is now"
    assert workspace.manifest_path.read_bytes() == before + b"# mine\n"
    assert not workspace.lock_path.exists()


def test_manifest_that_somebody_else_made_meanwhile_is_not_lost(workspace: HubWorkspace) -> None:
    data = workspace.manifest_path.read_bytes()
    workspace.manifest_path.unlink()
    workspace.hub.meanwhile = lambda: workspace.manifest_path.write_bytes(data)

    with pytest.raises(UsageError, match="has changed while this command ran"):
        add(workspace, NAME, {})

    assert workspace.manifest_path.read_bytes() == data


@pytest.mark.parametrize("stop", [KeyboardInterrupt, ValueError])
def test_edit_is_taken_back_however_the_command_ends(workspace: HubWorkspace, stop: type[BaseException]) -> None:
    before = workspace.manifest_path.read_bytes()

    def end() -> None:
        seen.append(workspace.manifest_path.read_bytes())
        raise stop

    seen: list[bytes] = []
    with pytest.raises(stop), edited(workspace, before, b"after"):
        end()

    assert seen == [b"after"]
    assert workspace.manifest_path.read_bytes() == before


def test_edit_of_somebody_else_while_locking_is_not_taken_back(workspace: HubWorkspace) -> None:
    before = workspace.manifest_path.read_bytes()

    def fail() -> None:
        workspace.manifest_path.write_bytes(b"mine")
        raise NotFoundError("gone", hint="Look")

    with pytest.raises(UsageError, match="has changed") as raised, edited(workspace, before, b"after"):
        fail()

    assert isinstance(raised.value.__context__, NotFoundError)
    assert workspace.manifest_path.read_bytes() == b"mine"
