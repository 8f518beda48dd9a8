"""Garbage collection beside everything else, in any order and in the middle of it.

Two projects share a store. Between steps, and within a sync or a collection at any of its calls to the file system,
the other project syncs, or garbage is collected, or the process dies. What a root, a pin or a lease names stays.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.faults.children import fork, posix_only, wait
from tests.faults.projects import TestProject, project_with
from tests.support.project import ProjectBuilder, content
from wansync.digest import Digest
from wansync.errors import LockTimeoutError, StoreFailError
from wansync.store.fsops import FileSystem

if TYPE_CHECKING:
    from collections.abc import Callable

RUNS = int(os.environ.get("WANSYNC_TEST_INTERLEAVINGS", "12"))
"""Sequences of steps; `make interleave` runs more."""
STEPS = 12
_KILLED = 9
NAMES = ("one", "two")
EDITIONS = st.integers(0, 2)
MOMENTS = st.integers(1, 160)
CHANGES = ("rename", "remove", "remove_directory", "hard_link", "publish", "create", "list_directory", "fingerprint")


class Interrupted(FileSystem):
    """Does something else at the Nth call, while a command is in the middle of its work."""

    def __init__(self, number: int, act: Callable[[], object]) -> None:
        self.left = number
        self.act = act

    def __getattribute__(self, name: str) -> object:
        if name in CHANGES:
            self._count()
        return super().__getattribute__(name)

    def _count(self) -> None:
        self.left -= 1
        if self.left == 0:
            self.act()


def _die() -> None:
    os._exit(_KILLED)


class Collecting(RuleBasedStateMachine):
    """Two projects, each with one of three editions of its own and what they share."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="wansync-gc-"))
        self.projects = {name: self._project(name) for name in NAMES}
        self.applied: dict[str, dict[str, bytes]] = {}
        self.pinned: dict[str, dict[str, bytes]] = {}
        self.leases: dict[str, tuple[contextlib.ExitStack, Path, dict[str, bytes]]] = {}

    def _project(self, name: str) -> ProjectBuilder:
        project = ProjectBuilder(self.folder / name, self.folder / "store")
        del project.manifest["models"]["beta"], project.manifest["components"]["beta-transformer"]
        project.manifest["profiles"]["all"] = ["alpha@small"]
        project.manifest["project"]["name"] = name
        project.files = self._files(project, 0)
        project.write()
        self._edit(project, 0)
        return project

    @staticmethod
    def _files(project: ProjectBuilder, edition: int) -> dict[str, bytes]:
        """Return the files of an edition; the last one is the same in both projects."""
        own = project.directory.name if edition < 2 else "both"
        return {
            "alpha/transformer/model.safetensors": content(f"{own} {edition}", 3000),
            "alpha/transformer/config.json": b'{"in_channels": %d}\n' % edition,
            "shared/text_encoder/model.safetensors": content("umt5", 2000),
        }

    def _edit(self, project: ProjectBuilder, edition: int) -> None:
        """Let the project's weights be those of an edition."""
        project.files = self._files(project, edition)
        for path, data in project.files.items():
            (project.directory / "weights" / path).write_bytes(data)
        self._with(project).lock()

    def _with(self, project: ProjectBuilder, fs: FileSystem | None = None) -> TestProject:
        return project_with(project, fs or FileSystem(), lock_timeout=0.0, keep_generations=1)

    def _sync(self, name: str, fs: FileSystem | None = None) -> None:
        """Sync, unless somebody holds a lock that is needed; the old version stays then."""
        project = self.projects[name]
        files = dict(project.files)
        # From here on it may be its former version or its new one.
        with contextlib.suppress(LockTimeoutError):
            if self._with(project, fs).sync().complete:
                self.applied[name] = files

    def _gc(self, fs: FileSystem | None = None) -> None:
        # Nobody is registered, or somebody holds the lock: nothing is collected then.
        with contextlib.suppress(LockTimeoutError, StoreFailError):
            self._with(self.projects["one"], fs).gc()

    @rule(name=st.sampled_from(NAMES), edition=EDITIONS)
    def edit(self, name: str, edition: int) -> None:
        self._edit(self.projects[name], edition)

    @rule(name=st.sampled_from(NAMES))
    def sync(self, name: str) -> None:
        self._sync(name)

    @rule()
    def collect(self) -> None:
        self._gc()

    @rule(name=st.sampled_from(NAMES), moment=MOMENTS)
    def sync_while_garbage_is_collected(self, name: str, moment: int) -> None:
        self._sync(name, Interrupted(moment, self._gc))

    @rule(name=st.sampled_from(NAMES), moment=MOMENTS)
    def collect_while_a_project_syncs(self, name: str, moment: int) -> None:
        self._gc(Interrupted(moment, lambda: self._sync(name)))

    @rule(moment=MOMENTS)
    def collect_and_die(self, moment: int) -> None:
        self._killed(lambda: self._gc(Interrupted(moment, _die)))

    @rule(name=st.sampled_from(NAMES), moment=MOMENTS)
    def sync_and_die(self, name: str, moment: int) -> None:
        before, after = self.applied.get(name, {}), self.projects[name].files
        self._killed(lambda: self._sync(name, Interrupted(moment, _die)))
        # Nobody knows which of the two it applied; what both have stays in either case.
        self.applied[name] = {path: data for path, data in before.items() if after.get(path) == data}

    @staticmethod
    def _killed(work: Callable[[], None]) -> None:
        """Do it in a process of its own, which dies in the middle of it if it gets so far."""

        def run() -> int:
            work()
            return 0

        assert wait(fork(run)) in {0, _KILLED}

    @precondition(lambda self: self.applied)
    @rule(data=st.data())
    def pin(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.applied)))
        project = self.projects[name]
        if self.applied[name] == project.files:
            project.api(keep_generations=1).pin("alpha")
            self.pinned[name] = dict(project.files)

    @precondition(lambda self: self.pinned)
    @rule(data=st.data())
    def unpin(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.pinned)))
        pins = self.projects[name].api().pin().pins
        for pin in pins:
            self.projects[name].api().unpin(pin.id)
        self.pinned.clear()

    @rule(name=st.sampled_from(NAMES))
    def take_a_lease(self, name: str) -> None:
        if name not in self.leases:
            stack, project = contextlib.ExitStack(), self.projects[name]
            path = stack.enter_context(project.api(keep_generations=1).lease("alpha"))
            self.leases[name] = stack, path, dict(project.files)
            self.applied[name] = dict(project.files)

    @precondition(lambda self: self.leases)
    @rule(data=st.data())
    def drop_a_lease(self, data: st.DataObject) -> None:
        stack, *_ = self.leases.pop(data.draw(st.sampled_from(sorted(self.leases))))
        stack.close()

    @invariant()
    def what_is_named_is_there(self) -> None:
        layout = self.projects["one"].layout
        for files in (*self.applied.values(), *self.pinned.values(), *(files for *_, files in self.leases.values())):
            for data in files.values():
                assert layout.blob(Digest.of(data)).read_bytes() == data
        for _, path, files in self.leases.values():
            assert (path / "transformer/model.safetensors").read_bytes() == files["alpha/transformer/model.safetensors"]

    @invariant()
    def nothing_visible_is_wrong(self) -> None:
        blobs = self.projects["one"].layout.blobs
        for path in blobs.glob("*/*"):
            with contextlib.suppress(FileNotFoundError):
                assert Digest.of(path.read_bytes()).hex == path.name

    def teardown(self) -> None:
        """In the end everybody has everything, and nothing is left that nobody wants."""
        try:
            for stack, *_ in self.leases.values():
                stack.close()
            for pin in self.projects["one"].api().pin().pins:
                self.projects["one"].api().unpin(pin.id)
            for name in NAMES:
                self._sync(name)
                assert self.applied[name] == self.projects[name].files
                assert self._with(self.projects[name]).verify().intact
            self._gc()
            wanted = {Digest.of(data).hex for project in self.projects.values() for data in project.files.values()}
            assert {path.name for path in self.projects["one"].layout.blobs.glob("*/*")} == wanted
        finally:
            shutil.rmtree(self.folder)


TestCollecting = posix_only(pytest.mark.timeout(60 + 2 * RUNS)(Collecting.TestCase))
TestCollecting.settings = settings(
    max_examples=RUNS, stateful_step_count=STEPS, deadline=None, phases=(Phase.reuse, Phase.generate, Phase.shrink)
)
