"""Where the parts of a model are: from the lock and the view that `ensure` made, never from names in a program."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wansync.errors import UsageError
from wansync.inventory import ViewFolder, ViewKey
from wansync.lockfile import ViewFile, mount, select
from wansync.manifest import ComponentKind, ModelRef, Role, fold
from wansync.ops.ensure import ensure
from wansync.text import printable, suggest
from wansync.value_types import value_type
from wansync.wan.catalog import EXPERT_SLOTS, FACTS, KIND_ROLES, Expert, backend_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from wansync.api import Project
    from wansync.lockfile import LockedComponent, Lockfile, SelectedModel
    from wansync.manifest import Layout, Model, ModelType, Variant
    from wansync.paths import RelativePath
    from wansync.project import Workspace
    from wansync.wan.catalog import Backend

FORMAT_VERSION = "1.0"
_EXPERT_NAMES = {
    Expert.ONLY: "transformer",
    Expert.HIGH_NOISE: "transformer",
    Expert.LOW_NOISE: "transformer_2",
}


@value_type
class WanPart:
    """A component in its place in the view.

    Args:
        name: what it is in a Diffusers pipeline, in every layout: `transformer` (the high-noise expert, or the only
            one), `transformer_2`, `text_encoder`, `tokenizer`, `vae`, `pipeline`, ...; where two are the same,
            the later one has its component's id.
        component: its id.
        kind: its kind.
        slot: the directory of the view where it is mounted; `.` is the root.
        folder: that directory.
        files: its files; their paths are from the root of the view.
        expert: of a transformer.
        subfolder: where its files lie at their source.
    """

    name: str
    component: str
    kind: ComponentKind
    slot: str
    folder: Path
    files: tuple[ViewFile, ...]
    expert: Expert | None = None
    subfolder: RelativePath | None = None

    @property
    def role(self) -> Role | None:
        """The role that it has a part in, if any."""
        return KIND_ROLES.get(self.kind)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The absolute paths of its files."""
        own = "" if self.slot == "." else f"{self.slot}/"
        return tuple(self.folder / file.path.text.removeprefix(own) for file in self.files)

    @property
    def path(self) -> Path:
        """What a loader takes: the file of a component that is one file, else its directory."""
        return self.paths[0] if len(self.files) == 1 else self.folder

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {
            "name": self.name,
            "component": self.component,
            "kind": str(self.kind),
            "role": str(self.role) if self.role else None,
            "expert": str(self.expert) if self.expert else None,
            "slot": self.slot,
            "path": str(self.path),
            "files": [str(path) for path in self.paths],
        }


@value_type
class WanPaths:
    """A variant of a WAN model on this disk.

    Args:
        model: as it is locked, with its defaults and the constants of its memory estimate.
        variant: which variant of it.
        root: the directory of the view; it never changes.
        parts: its components, sorted by slot.
    """

    model: Model
    variant: Variant
    root: Path
    parts: tuple[WanPart, ...]

    @property
    def name(self) -> str:
        """The canonical short spelling, `model@variant`."""
        return f"{self.model.id}@{self.variant.name}"

    @property
    def type(self) -> ModelType:
        """What it makes a video from."""
        return self.model.type

    @property
    def layout(self) -> Layout:
        """The shape of the view."""
        return self.variant.layout

    @property
    def backend(self) -> Backend | None:
        """What reads that layout; `None` for ComfyUI."""
        return backend_of(self.layout)

    @property
    def key(self) -> ViewKey:
        """Which view it is."""
        return ViewKey(folder=ViewFolder.MODELS, name=self.name, tree=self.root.name)

    @property
    def files(self) -> tuple[ViewFile, ...]:
        """The files of the whole view, sorted by path."""
        return tuple(sorted(file for part in self.parts for file in part.files))

    @property
    def provided(self) -> Mapping[Role, Role]:
        """Roles that another role gives, as the manifest says: the VAE of WAN2.2 encodes the image."""
        known = {str(role): role for role in Role}
        said = {role: how.get("provided_by") for role, how in self.model.roles.items() if isinstance(how, dict)}
        # A lock takes any value here; what is no role gives none.
        return {known[r]: known[by] for r, by in said.items() if r in known and isinstance(by, str) and by in known}

    def of_role(self, role: Role) -> tuple[WanPart, ...]:
        """Return the parts of a role; none where another role gives it."""
        return tuple(part for part in self.parts if part.role is role)

    def of_kind(self, kind: ComponentKind) -> tuple[WanPart, ...]:
        """Return the parts of a kind."""
        return tuple(part for part in self.parts if part.kind is kind)

    def part(self, name: str) -> WanPart:
        """Return the part of a name, a slot, or a component id.

        Raises:
            UsageError: the model has no such part.
        """
        for part in self.parts:
            if name in (part.name, part.component) or (name == part.slot and name != "."):
                return part
        raise UsageError(
            f"`{self.name}` has no part `{printable(name)}`",
            hint=suggest(name, [part.name for part in self.parts], also=[part.component for part in self.parts]),
        )

    def only(self, name: str) -> WanPaths:
        """Return the paths with that part alone; raises as `part`."""
        return replace(self, parts=(self.part(name),))

    @property
    def experts(self) -> Mapping[Expert, WanPart]:
        """The transformers by what they work on."""
        return {part.expert: part for part in self.parts if part.expert is not None}

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/paths.schema.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "model": self.model.id,
            "version": self.model.version,
            "variant": self.variant.name,
            "type": str(self.type),
            "layout": str(self.layout),
            "backend": str(self.backend) if self.backend else None,
            "root": str(self.root),
            "provided": {str(role): str(by) for role, by in self.provided.items()},
            "parts": [part.to_dict() for part in self.parts],
        }


def get_wan_paths(model_id: str, variant: str | None = None, *, project: Project | None = None) -> WanPaths:
    """Return where the parts of a model are, after making it ready if it was not.

    Args:
        model_id: `t2v-A14B`, or with a variant as `ensure` takes it.
        variant: which variant; else that of the active profile, else the default one.
        project: the project; that of the working directory when it is not given.

    Raises:
        UsageError: the name is not that of one model, or two variants are named.
        WansyncError: as `ensure`.
    """
    return ready_paths(workspace_of(project), spelled(model_id, variant))


def workspace_of(project: Project | None) -> Workspace:
    """Return where a run of a project stands, that of the working directory when none is given."""
    from wansync.api import Project as Here  # noqa: PLC0415 (with every op, which a command that has one needs not)

    return (project or Here()).workspace()


def spelled(model_id: str, variant: str | None) -> str:
    """Return one name for a model and a variant that is named beside it.

    Raises:
        UsageError: it names another variant itself, or it is no name.
    """
    ref = ModelRef.parse(model_id)
    if variant is None or (ref.variant is not None and fold(ref.variant) == fold(variant)):
        return model_id
    if ref.variant is not None:
        raise UsageError(
            f"`{printable(model_id)}` and the variant `{printable(variant)}` exclude each other",
            hint="Name the variant once",
        )
    return f"{model_id}@{variant}"


def ready_paths(workspace: Workspace, wanted: str) -> WanPaths:
    """Return where the parts of a model are, after making it ready; raises as `get_wan_paths`."""
    lock, selected = locked_model(workspace, wanted)
    root = ensure(workspace, [wanted]).paths.get(selected.name)
    if root is None or root.name != selected.tree.short:
        # models.lock was replaced in between: what was made ready is not what was read.
        return ready_paths(workspace, wanted)
    return paths_in(lock, selected, root)


def locked_model(workspace: Workspace, wanted: str) -> tuple[Lockfile, SelectedModel]:
    """Return the lock of a project, and what it says of a model.

    Raises:
        UsageError: the name is not that of a model.
        WansyncError: the lock cannot be used, or has nothing of that name.
    """
    lock, _ = workspace.lock()
    selection = select(lock, [wanted], profile=workspace.settings.profile)
    if not selection.models:
        raise UsageError(
            f"`{printable(wanted)}` is a component",
            hint=suggest(wanted, [model.id for model in lock.models]),
        )
    return lock, selection.models[0]


def paths_in(lock: Lockfile, selected: SelectedModel, root: Path) -> WanPaths:
    """Return where the parts of a model are in a view at `root`. Looks at nothing on the disk."""
    parts: list[WanPart] = []
    names: set[str] = set()
    for slot, mounted in sorted(selected.variant.slots.items()):
        for component in (lock.component(id_) for id_ in mounted):
            expert = _expert(selected.model.type, slot, component)
            name = _EXPERT_NAMES[expert] if expert else str(component.kind)
            parts.append(_part(component.id if name in names else name, slot, component, root, expert))
            names.add(name)
    return WanPaths(model=selected.model, variant=selected.variant, root=root, parts=tuple(parts))


def _part(name: str, slot: str, component: LockedComponent, root: Path, expert: Expert | None) -> WanPart:
    return WanPart(
        name=name,
        component=component.id,
        kind=component.kind,
        slot=slot,
        folder=root if slot == "." else root / slot,
        files=tuple(_view_files(slot, component)),
        expert=expert,
        subfolder=component.subfolder,
    )


def _view_files(slot: str, component: LockedComponent) -> Iterator[ViewFile]:
    for file in component.files:
        yield ViewFile(path=mount(slot, file.path), size=file.size, digest=file.digest)


def _expert(type_: ModelType, slot: str, component: LockedComponent) -> Expert | None:
    """Return which expert a component is by its place; in a directory that says nothing, by the names of its files."""
    if component.kind is not ComponentKind.TRANSFORMER:
        return None
    if FACTS[type_].experts == (Expert.ONLY,):
        return Expert.ONLY
    low = EXPERT_SLOTS.get(slot) is Expert.LOW_NOISE or (
        slot not in EXPERT_SLOTS and any("low_noise" in file.path.name.casefold() for file in component.files)
    )
    return Expert.LOW_NOISE if low else Expert.HIGH_NOISE
