"""Do the parts of a model fit together? Decided before a byte of them is on a GPU, from headers and small files.

Not responsible for hashing: that the files of a view have the locked bytes is what the store has verified, and what
its records still say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.inventory import ViewFolder, ViewKey
from wansync.wan.check.bytes import find_wrong_bytes
from wansync.wan.check.fault import Fault, Rule, error_of
from wansync.wan.check.look import look_at
from wansync.wan.check.report import ComponentsReport
from wansync.wan.check.rules import find_faults
from wansync.wan.paths import WanPaths, locked_model, paths_in, spelled, workspace_of

if TYPE_CHECKING:
    from wansync.api import Project
    from wansync.project import Workspace

__all__ = ["ComponentsReport", "Fault", "Rule", "check_components", "check_paths", "find_faults", "look_at"]


def check_components(
    model: str | WanPaths, variant: str | None = None, *, project: Project | None = None, text_encoder: bool = True
) -> ComponentsReport:
    """Return that the parts of a model are all there, are the locked ones and fit together.

    Reads configurations, indexes and the headers of weights; loads, fetches and changes nothing, and needs no torch.

    Args:
        model: a name as `ensure` takes it, or the paths of a model.
        variant: which variant, where the name does not say it.
        project: the project; that of the working directory when it is not given.
        text_encoder: whether one is needed; not where the embeddings of all prompts are there already.

    Raises:
        InvalidComponentsError: they do not; it names role, slot, file, what was expected and what was found.
        OfflineMissingError: the model has not been made ready.
        UsageError: the paths are those of another store.
        WansyncError: the lock or the store cannot be used, or there is no such model.
    """
    workspace = workspace_of(project)
    paths = model if isinstance(model, WanPaths) else present_paths(workspace, spelled(model, variant))
    return check_paths(workspace, paths, text_encoder=text_encoder)


def check_paths(workspace: Workspace, paths: WanPaths, *, text_encoder: bool = True) -> ComponentsReport:
    """Return that the parts of a model at these paths fit together; raises as `check_components`."""
    wrong = find_wrong_bytes(workspace, paths)
    if wrong and not wrong[0].file:
        # There is no view: what its files would say of themselves is no news.
        raise error_of(paths, wrong)
    looked = look_at(paths)
    if faults := [*wrong, *find_faults(looked, text_encoder=text_encoder)]:
        raise error_of(paths, faults)
    return ComponentsReport.of(looked)


def present_paths(workspace: Workspace, wanted: str) -> WanPaths:
    """Return where the parts of a model are if it is ready; makes nothing ready."""
    lock, selected = locked_model(workspace, wanted)
    key = ViewKey(folder=ViewFolder.MODELS, name=selected.name, tree=selected.tree.short)
    return paths_in(lock, selected, workspace.store().layout.view(key))
