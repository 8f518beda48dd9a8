"""Where this run stands: the project's files, the user's choices, the store, the sources."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import field, replace
from typing import TYPE_CHECKING, Any

from wansync.answers import name_of, recall
from wansync.chosen import comes_whole, gather_choices, make_access, places_of_credentials, read_document, url_rules
from wansync.errors import InvalidLockError, LockMissingError, ManifestMissingError, UsageError
from wansync.events import EventStream, Reporter, new_run_id
from wansync.lockfile import MAX_LOCK_BYTES, parse_lock
from wansync.manifest import MAX_MANIFEST_BYTES, MirrorRef, Scheme, parse_manifest
from wansync.policy import LicensePolicy
from wansync.settings import Choices, Chosen, Settings, make_settings
from wansync.sources import Access, HubCache, Network, Patience, open_source
from wansync.sources.allowed import require_allowed
from wansync.sources.credentials.of_run import CredentialsOfRun, Places
from wansync.sources.mirrors import find_mirror, open_mirror
from wansync.store import ProjectIdentity, Store
from wansync.store.fsops import FileSystem
from wansync.store.processes import machine_name
from wansync.store.replace import replace_durably
from wansync.surroundings import LOCK_NAME, MANIFEST_NAME, find_manifest, passed_over, variables
from wansync.surroundings.servers import network_variables
from wansync.transfer import Engine, FailureMemory, Means
from wansync.value_types import value_type

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from wansync.lockfile import Lockfile
    from wansync.manifest import Manifest, SourceRef
    from wansync.sources import KnownDigests, Payloads, ProvenFiles, Source
    from wansync.store.answers import Grounds
    from wansync.views import Views

_NO_PROJECT = (
    "Run the command in your project, name it with `--project DIR`, or begin one with `wansync init` or `wansync add`"
)
_FAILURES: dict[Path, FailureMemory] = {}
"""One for each project directory, for the life of the process, so that `ensure()` in a loop remembers."""


@value_type
class Workspace:
    """One run on one project.

    Args:
        manifest_path: `models.toml`; it may be absent where the lock is enough.
        settings: the user's choices.
        events: the run's stream.
        chosen: where each of the settings came from.
        fs: the store's file system.
        failures: which origins just failed.
        passed_over: files that are not there; with one of them this would be another project.
        network: the connections of the run.
        credentials: what is sent to whom.
    """

    manifest_path: Path
    settings: Settings
    events: EventStream
    chosen: Mapping[str, Chosen] = field(default_factory=dict)
    fs: FileSystem = field(default_factory=FileSystem)
    failures: FailureMemory = field(default_factory=lambda: FailureMemory(time.monotonic))
    passed_over: tuple[Path, ...] = ()
    network: Network = field(default_factory=lambda: Network(network_variables()))
    credentials: CredentialsOfRun = field(default_factory=lambda: CredentialsOfRun(Places()))

    @property
    def directory(self) -> Path:
        """The project's directory; `file:` sources are relative to it."""
        return self.manifest_path.parent

    @property
    def lock_path(self) -> Path:
        """The lock, beside the manifest."""
        return self.manifest_path.with_name(LOCK_NAME)

    @property
    def patience(self) -> Patience:
        """When this run gives up on a server."""
        return Patience(retries=self.settings.retries)

    @property
    def licenses(self) -> LicensePolicy:
        """Which licences this run may lock."""
        return LicensePolicy.of(self.settings.allow_license, self.settings.deny_license)

    def manifest(self) -> Manifest:
        """Return the manifest; raises as `read_manifest`."""
        return self.read_manifest()[0]

    def read_manifest(self) -> tuple[Manifest, bytes]:
        """Return the manifest and its exact bytes.

        Raises:
            ManifestMissingError: there is none.
            InvalidManifestError: it cannot be read or used.
        """
        data = self.manifest_data()
        if data is None:
            raise ManifestMissingError(
                f"There is no `{self.manifest_path.name}` in `{self.directory}` or above it",
                hint=_NO_PROJECT,
                directory=str(self.directory),
            )
        return parse_manifest(data, name=self.manifest_path.name), data

    def manifest_data(self) -> bytes | None:
        """Return the bytes of the manifest, or `None` when there is none."""
        return read_document(self.manifest_path, MAX_MANIFEST_BYTES)

    def write_manifest(self, data: bytes | None) -> None:
        """Replace the manifest in one step, or remove it (`None`); one that is a link stays a link.

        Raises:
            UsageError: it cannot be written.
        """
        path = self.manifest_path.resolve()
        if data is None:
            path.unlink(missing_ok=True)
        else:
            write_atomic(path, data)

    def lock(self) -> tuple[Lockfile, bytes]:
        """Return the lock and its exact bytes.

        Raises:
            LockMissingError: there is none.
            InvalidLockError, LockConflictError: it cannot be used.
        """
        data = self.lock_data()
        if data is None:
            raise LockMissingError(
                f"There is no `{LOCK_NAME}` in `{self.directory}`",
                hint=self._lock_hint(),
                directory=str(self.directory),
            )
        return parse_lock(data, name=LOCK_NAME), data

    def _lock_hint(self) -> str:
        if self.manifest_data() is None:
            return _NO_PROJECT
        return f"Run `wansync lock` to make it from `{MANIFEST_NAME}`, and commit it"

    def lock_data(self) -> bytes | None:
        """Return the bytes of the lock, or `None` when there is none."""
        return read_document(self.lock_path, MAX_LOCK_BYTES, InvalidLockError)

    def write_lock(self, data: bytes) -> None:
        """Replace the lock in one step."""
        write_atomic(self.lock_path, data)

    def open_source(
        self,
        ref: SourceRef,
        known: KnownDigests | None = None,
        proven: ProvenFiles | None = None,
        payloads: Payloads | None = None,
    ) -> Source:
        """Return the source behind a reference of this project.

        Args:
            ref: as the manifest writes it.
            known: digests of local files from earlier runs.
            proven: small files from earlier runs.
            payloads: finds out digests that nobody states.

        Raises:
            OfflineMissingError: the run's settings do not let it be asked.
            SourceUnsupportedError: this version cannot reach such a source.
        """
        require_allowed(ref, self.settings)
        if isinstance(ref, MirrorRef):
            return open_mirror(ref, find_mirror(ref, self.settings.mirrors), self.access)
        rules = url_rules() if ref.scheme is Scheme.HTTPS else {}
        given = replace(self.access, known=known, proven=proven, payloads=payloads, url_rules=rules)
        return open_source(ref, given)

    @property
    def access(self) -> Access:
        """What this run hands to whoever reaches servers."""
        given = make_access(self.directory, self.settings, self.events, self.network, self.credentials)
        return replace(given, patience=self.patience)

    def store(self) -> Store:
        """Return the store that the settings name."""
        return Store(
            self.settings.models_root,
            clock=time.time,
            events=self.events,
            lock_timeout=self.settings.lock_timeout,
            fs=self.fs,
        )

    def views(self, store: Store) -> Views:
        """Return the views of a store."""
        from wansync.views import Views  # noqa: PLC0415 (with all of `plan`, which locking does not need)

        return Views(store, self.events)

    def remembering(self) -> Workspace:
        """Return this workspace with the failures that earlier calls of this process met."""
        return replace(self, failures=_FAILURES.setdefault(self.directory, self.failures))

    def engine(self, store: Store) -> Engine:
        """Return the stage of this run."""
        return Engine(store, self.open_source, self.failures, self.means(), find_cached=self.hub_cache().find)

    def means(self) -> Means:
        """Return what all requests of this run share."""
        return Means.of(self.settings, self.events, self.patience, whole=comes_whole(self.settings, self.events))

    def hub_cache(self) -> HubCache:
        """Return the user's Hugging Face cache; one without files when it is switched off."""
        return HubCache(self.settings.hub_cache)

    def recall(self, *question: str) -> Any | None:  # noqa: ANN401 (whatever was said)
        """Return what was said to a question of a program if it still holds; see `wansync.answers`."""
        return recall(str(self.settings.models_root / ".state"), self._name_of(question))

    def remember(self, said: object, grounds: Grounds | None, since: int | None, *question: str) -> None:
        """Keep what was said to a question, if anything speaks for it; see `Answers.keep`."""
        if grounds is not None:
            self.store().answers.keep(self._name_of(question), said, grounds, since)

    def _name_of(self, question: tuple[str, ...]) -> str:
        return name_of("api", str(self.manifest_path), repr(self.settings), *question)

    def identity(self, lock: Lockfile) -> ProjectIdentity:
        """Return who registers roots for this project."""
        host = self.settings.root_name or machine_name()
        return ProjectIdentity.of(name=lock.project, path=str(self.directory), host=host)


def open_workspace(
    directory: str | os.PathLike[str] | None = None,
    *,
    choices: Choices | None = None,
    reporters: Iterable[Reporter] = (),
    run: str | None = None,
) -> Workspace:
    """Return the workspace of the project in or above a directory.

    Args:
        directory: where to begin; the working directory when it is not given.
        choices: what wins over the environment.
        reporters: who listens to the run.
        run: its correlation id; a new one when it is not given.

    Raises:
        UsageError: a variable or choice makes no sense, or the directory does not exist.
        InvalidConfigError, InvalidManifestError: the settings of the user or of the project make no sense.
    """
    run = run or new_run_id(variables())
    manifest_path = find_manifest(directory)
    chosen = gather_choices(choices or {}, manifest_path)
    settings = make_settings(chosen)
    events = EventStream(run, reporters, threading.Lock())
    return Workspace(
        manifest_path=manifest_path,
        passed_over=passed_over(directory, manifest_path),
        settings=settings,
        events=events,
        chosen=chosen,
        network=Network(network_variables(), run),
        credentials=CredentialsOfRun(places_of_credentials(settings, events)),
    )


def write_atomic(path: Path, data: bytes) -> None:
    """Replace a file of the project by `data` in one durable step; its permissions stay.

    Raises:
        UsageError: the directory cannot be written.
    """
    try:
        replace_durably(FileSystem(), path, data)
    except OSError as error:
        raise UsageError(
            f"`{path}` cannot be written: {error.strerror}",
            hint="Check the permissions and the free space of its directory",
            file=str(path),
        ) from error
