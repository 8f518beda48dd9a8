"""What a server answers about: a project, the models it serves, and how long a request may take."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from wansync.errors import UsageError
from wansync.manifest import SourceRef
from wansync.metrics import State
from wansync.ops.gather import Gathered, gather
from wansync.ops.health import HealthReport, ModelHealth, health_of, narrowed
from wansync.ops.plan import plan
from wansync.project import open_workspace
from wansync.server.problems import BadQueryError
from wansync.server.smokes import SmokeProcess
from wansync.sources import is_local
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wansync.project import Workspace
    from wansync.settings import Choices

DEFAULT_LIMIT_SECONDS = 10.0
_LOCAL = "file:"
"""Stands for every directory that is a source."""


@value_type
class Asked:
    """What is asked about; everything is read again for each look.

    Args:
        directory: the project; `None` is the one of the working directory.
        choices: what wins over the environment.
        models: models and components; none means the active profile.
        limit: seconds that a request may take.
        smoke: whether smoke tests may be asked for, and the variables that these find beside ours.
    """

    directory: Path | None = None
    choices: Choices | None = None
    models: tuple[str, ...] = ()
    limit: float = DEFAULT_LIMIT_SECONDS
    smoke: Mapping[str, str] | None = None

    def workspace(self) -> Workspace:
        """Return the project as its files are now.

        Raises:
            WansyncError: they cannot be used.
        """
        return open_workspace(self.directory, choices=self.choices)

    def gathered(self) -> Gathered:
        """Return the project with what is served of it; raises as `gather`."""
        return gather(self.workspace(), self.models)

    def health(self, model: str | None = None, *, deep: bool = False) -> HealthReport:
        """Return the health of what is served, or of one model of the lock.

        Raises:
            BadQueryError: that is no spelling of a model.
            UnknownModelError: there is no such model.
            WansyncError: as `health`.
        """
        gathered = self.gathered()
        return health_of(gathered if model is None else _narrowed(gathered, model), deep=deep)

    def model(self, model: str) -> ModelHealth:
        """Return the health of one model of the lock; raises as `health`, and for a component."""
        (found,) = self.health(model).models
        if found.status.model_id is None:
            raise BadQueryError(f"`{model}` is a component: only a model can be run", hint="Name a model")
        return found

    def smoke_process(self) -> SmokeProcess:
        """Return what runs smoke tests of the same project and store."""
        choices = self.choices or {}
        named = (("--project", self.directory), ("--models-root", choices.get("models_root")))
        options = [word for name, value in named if value is not None for word in (name, str(value))]
        return SmokeProcess(options, self.smoke or {})

    def state(self) -> State:
        """Return the state of what is served, and of the store and its disk; raises as `health`."""
        began = time.monotonic()
        gathered = self.gathered()
        store = gathered.store
        health = health_of(gathered)
        with store.guard():
            capacity, free = store.usage()
            stored = store.size()
        seconds = time.monotonic() - began
        most = gathered.workspace.settings.max_size
        return State(health=health, stored=stored, capacity=capacity, free=free, most=most, seconds=seconds)

    def plan(self) -> Mapping[str, object]:
        """Return the plan of what is served, without the paths of the store and of local sources; raises as `plan`."""
        told: Any = plan(self.workspace(), self.models).to_dict()
        actions = [_placeless(action) for action in told["actions"]]
        routes = [{**route, "place": _LOCAL} if _is_place(route["place"]) else route for route in told["places"]]
        return {**told, "store": None, "actions": actions, "places": routes}


def _placeless(action: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**action, "source": None} if _is_place(action.get("source")) else action


def _is_place(source: object) -> bool:
    return isinstance(source, str) and not source.startswith("mirror:") and is_local(SourceRef.parse(source))


def _narrowed(gathered: Gathered, model: str) -> Gathered:
    try:
        return narrowed(gathered, (model,))
    except UsageError as error:
        raise BadQueryError(error.reason, hint=error.hint) from error
