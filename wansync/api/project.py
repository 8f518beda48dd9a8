"""A project, and everything that can be done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.ops import adopt as _adopting
from wansync.ops import gc as _collecting
from wansync.ops import lock as _locks
from wansync.ops import pin as _pins
from wansync.ops import plan as _plans
from wansync.ops import rollback as _rollbacks
from wansync.ops import roots as _roots
from wansync.ops import store as _stores
from wansync.ops import tree as _trees
from wansync.ops.add import add as _add
from wansync.ops.config import config as _config
from wansync.ops.doctor import doctor as _doctor
from wansync.ops.ensure import ensure as _ensure
from wansync.ops.fetch import fetch as _fetch
from wansync.ops.graph import graph as _graph
from wansync.ops.lease import lease as _lease
from wansync.ops.mirror import Mirrors
from wansync.ops.outdated import outdated as _outdated
from wansync.ops.plan_between import plan_between as _plan_between
from wansync.ops.remove import remove as _remove
from wansync.ops.saved_plan import sync_saved as _sync_saved
from wansync.ops.status import status as _status
from wansync.ops.sync import sync as _sync
from wansync.ops.verify import verify as _verify
from wansync.ops.why import why as _why
from wansync.project import Workspace, open_workspace
from wansync.questions import Moves

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable
    from contextlib import AbstractContextManager
    from pathlib import Path
    from typing import Unpack

    from wansync.collect import Retention
    from wansync.events import Reporter
    from wansync.ops.add import AddReport
    from wansync.ops.adopt_report import AdoptReport
    from wansync.ops.config import ConfigReport
    from wansync.ops.doctor import DoctorReport
    from wansync.ops.ensure import EnsureReport
    from wansync.ops.fetch import FetchReport
    from wansync.ops.gc import GcReport
    from wansync.ops.graph import GraphReport
    from wansync.ops.lock_report import LockCheck, LockReport
    from wansync.ops.outdated import OutdatedReport
    from wansync.ops.pin import PinReport
    from wansync.ops.plan import PlanReport
    from wansync.ops.remove import RemoveReport
    from wansync.ops.rollback import GenerationsReport, RollbackReport
    from wansync.ops.roots import RootsReport
    from wansync.ops.status import StatusReport
    from wansync.ops.store import StoreListing
    from wansync.ops.store_sizes import StoreSize
    from wansync.ops.sync import SyncReport
    from wansync.ops.tree import TreeReport
    from wansync.ops.verify_report import VerifyReport
    from wansync.ops.why import WhyReport
    from wansync.plan import Depth
    from wansync.policy import LicensePolicy
    from wansync.propose import AddOptions
    from wansync.settings import Choices


class Project:
    """A directory with `models.toml` or `models.lock`, and the store it uses.

    Every call reads the files again, so one object can live as long as a server. What is not chosen comes from
    the environment, files of settings or the project's `[settings]`, as on the command line.

    Args:
        directory: the project, or a directory below it; the working directory when it is not given.
        reporters: who is told what happens.
        choices: see `wansync.settings.Choices`.

    Raises:
        UsageError: a choice or a variable makes no sense, or the directory does not exist.
        InvalidConfigError, InvalidManifestError: the settings of the user or of the project make no sense.
    """

    def __init__(
        self,
        directory: str | os.PathLike[str] | None = None,
        *,
        reporters: Iterable[Reporter] = (),
        **choices: Unpack[Choices],
    ) -> None:
        self._directory = directory
        self._reporters = tuple(reporters)
        self._choices = choices
        self._workspace()

    @property
    def directory(self) -> Path:
        """The directory of `models.toml` and `models.lock`."""
        return self._workspace().directory

    def add(self, source: str, *, lock: bool = True, **options: Unpack[AddOptions]) -> AddReport:
        """Add what a source has to `models.toml`, and lock; see `wansync.ops.add.add`."""
        return _add(self._workspace(), source, options, locking=lock)

    def remove(self, *ids: str, lock: bool = True) -> RemoveReport:
        """Take models and components out of `models.toml`, and lock; see `wansync.ops.remove.remove`."""
        return _remove(self._workspace(), ids, locking=lock)

    def lock(
        self,
        *,
        moves: Moves | None = None,
        licenses: LicensePolicy | None = None,
        listings: Path | None = None,
        save_listings: Path | None = None,
        hash_payloads: bool = False,
    ) -> LockReport:
        """Write `models.lock` from `models.toml`; see `wansync.ops.lock.lock` and `LockOptions`."""
        options = _locks.LockOptions(
            moves=moves or Moves(),
            licenses=licenses,
            recorded=listings,
            record_to=save_listings,
            hash_payloads=hash_payloads,
        )
        return _locks.lock(self._workspace(), options)

    def check_lock(self) -> LockCheck:
        """Return whether the lock is what `lock` would write; see `wansync.ops.lock.check`."""
        return _locks.check(self._workspace())

    def plan(self, *models: str) -> PlanReport:
        """Return the difference between the lock and the disk; see `wansync.ops.plan.plan`."""
        return _plans.plan(self._workspace(), models)

    def save_plan(self, path: Path, *models: str) -> PlanReport:
        """Write the plan to a file, for `sync_plan`, and return it; see `wansync.ops.plan.save`."""
        report = self.plan(*models)
        _plans.save(report, path)
        return report

    def plan_between(self, revision: str, *models: str) -> PlanReport:
        """Return what the lock asks of a machine synced to a git revision; see `wansync.ops.plan_between`."""
        return _plan_between(self._workspace(), models, revision)

    def sync_plan(self, path: Path) -> SyncReport:
        """Carry out a saved plan, and nothing else; see `wansync.ops.saved_plan.sync_saved`."""
        return _sync_saved(self._workspace(), path)

    def sync(self, *models: str) -> SyncReport:
        """Bring the disk to the lock; see `wansync.ops.sync.sync`."""
        return _sync(self._workspace(), models)

    def fetch(self, *models: str) -> FetchReport:
        """Bring the files of models into the store, and link nothing; see `wansync.ops.fetch.fetch`."""
        return _fetch(self._workspace(), models)

    def plan_adopt(self, *paths: str | Path, models: Iterable[str] = (), move: bool = False) -> AdoptReport:
        """Return what `adopt` would hash and take in; see `wansync.ops.adopt.plan_adopt`."""
        return _adopting.plan_adopt(self._workspace(), paths, _adopting.AdoptOptions(wanted=tuple(models), move=move))

    def adopt(self, *paths: str | Path, models: Iterable[str] = (), move: bool = False) -> AdoptReport:
        """Take in what the store lacks from files on disk; see `wansync.ops.adopt.adopt`."""
        return _adopting.adopt(self._workspace(), paths, _adopting.AdoptOptions(wanted=tuple(models), move=move))

    def ensure(self, *models: str) -> EnsureReport:
        """Make models ready from the lock alone; see `wansync.ops.ensure.ensure`."""
        return _ensure(self._workspace(), models)

    def status(self, *models: str) -> StatusReport:
        """Return the state of models without hashing; see `wansync.ops.status.status`."""
        return _status(self._workspace(), models)

    def tree(self, *models: str, whole: bool = False) -> TreeReport:
        """Return what the lock is made of; see `wansync.ops.tree.tree`."""
        return _trees.tree(self._workspace(), models, whole=whole)

    def inverted_tree(self, name: str) -> TreeReport:
        """Return who uses a component or a model; see `wansync.ops.tree.inverted_tree`."""
        return _trees.inverted_tree(self._workspace(), name)

    def why(self, query: str) -> WhyReport:
        """Return what a model, a component, a path or a digest is here for; see `wansync.ops.why.why`."""
        return _why(self._workspace(), query)

    def graph(self, *models: str, whole: bool = False) -> GraphReport:
        """Return models, variants and components as nodes and edges; see `wansync.ops.graph.graph`."""
        return _graph(self._workspace(), models, whole=whole)

    def outdated(self, *models: str) -> OutdatedReport:
        """Return what has become of locked components upstream; see `wansync.ops.outdated.outdated`."""
        return _outdated(self._workspace(), models)

    def config(self, *names: str) -> ConfigReport:
        """Return settings (all when none is named) and where they came from; see `wansync.ops.config.config`."""
        return _config(self._workspace(), names)

    def verify(self, *models: str, depth: Depth | None = None, repair: bool = False) -> VerifyReport:
        """Hash models, all of them unless `depth` says less; see `wansync.ops.verify.verify`."""
        return _verify(self._workspace(), models, depth, repair=repair)

    def doctor(self, *, network: bool = False) -> DoctorReport:
        """Return what is wrong with the store and what helps; see `wansync.ops.doctor.doctor`."""
        return _doctor(self._workspace(), network=network)

    def pin(self, *names: str, reason: str = "") -> PinReport:
        """Keep the bytes that names stand for now; see `wansync.ops.pin.pin`. Without a name, list the pins."""
        return _pins.pin(self._workspace(), names, reason=reason) if names else _pins.list_pins(self._workspace())

    def unpin(self, *names: str) -> PinReport:
        """Forget pins; see `wansync.ops.pin.unpin`."""
        return _pins.unpin(self._workspace(), names)

    def roots(self) -> RootsReport:
        """Return the projects that keep files in the store; see `wansync.ops.roots.list_roots`."""
        return _roots.list_roots(self._workspace())

    def forget_root(self, name: str) -> RootsReport:
        """Forget a project; see `wansync.ops.roots.forget`."""
        return _roots.forget(self._workspace(), name)

    def store_size(self) -> StoreSize:
        """Return how large the parts of the store are; see `wansync.ops.store.store_size`."""
        return _stores.store_size(self._workspace())

    def store_ls(self) -> StoreListing:
        """Return every blob with its users; see `wansync.ops.store.store_ls`."""
        return _stores.store_ls(self._workspace())

    def lease(self, model: str) -> AbstractContextManager[Path]:
        """Give the path of a model that is ready, and stays while the block runs; see `wansync.ops.lease.lease`."""
        return _lease(self._workspace(), model)

    def generations(self) -> GenerationsReport:
        """Return the locks that this project applied before; see `wansync.ops.rollback.generations`."""
        return _rollbacks.generations(self._workspace())

    def rollback(self, number: int | None = None) -> RollbackReport:
        """Go back to one of them, that before the present one unless named; see `wansync.ops.rollback.rollback`."""
        return _rollbacks.rollback(self._workspace(), number)

    def plan_gc(self, retention: Retention | None = None) -> GcReport:
        """Return what `gc` would remove; see `wansync.ops.gc.plan_gc`."""
        return _collecting.plan_gc(self._workspace(), retention)

    def gc(self, retention: Retention | None = None) -> GcReport:
        """Remove what no project, lease or pin keeps, or as much of it as is said; see `wansync.ops.gc.gc`."""
        return _collecting.gc(self._workspace(), retention)

    def workspace(self) -> Workspace:
        """Return where a run would stand now: for what is built on this interface, such as `wansync.wan`."""
        return self._workspace()

    @property
    def mirror(self) -> Mirrors:
        """What can be done with mirrors; see `wansync.ops.mirror.Mirrors`."""
        return Mirrors(self._workspace)

    def _workspace(self) -> Workspace:
        return open_workspace(self._directory, choices=self._choices, reporters=self._reporters)
