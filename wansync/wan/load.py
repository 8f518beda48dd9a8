"""From a locked model to a pipeline that runs: everything that can be refused is refused before a weight is loaded."""

from __future__ import annotations

import contextlib
import weakref
from typing import TYPE_CHECKING, Any, Required, TypedDict, Unpack

from wansync.errors import InvalidWeightsError, NotSupportedError, StoreFailError, UsageError
from wansync.manifest import Layout
from wansync.ops.ensure import ensure
from wansync.ops.lease import lease
from wansync.text import printable
from wansync.value_types import value_type
from wansync.wan.catalog import Backend, PipelineClass, Task, pipeline_class
from wansync.wan.check import check_paths
from wansync.wan.defaults import RunDefaults, run_defaults
from wansync.wan.embeddings import Embedder, EmbeddingCache, TextSide
from wansync.wan.hardware import device_type, memory_told, pick_device
from wansync.wan.libraries import load, require_libraries, versions
from wansync.wan.memory import choice
from wansync.wan.modes import Dtypes, Mode, choose_dtypes, parse_offload
from wansync.wan.options import check_options
from wansync.wan.paths import WanPaths, locked_model, paths_in, spelled, workspace_of
from wansync.wan.pipeline import Loaded, LoadedPipeline
from wansync.wan.placement import Shape, Wish, apply_offload, apply_tiling, make_planner
from wansync.wan.schedule import apply_schedule, check_solver
from wansync.wan.stated import sizes_of, stated_frames

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wansync.api import Project
    from wansync.manifest import Model
    from wansync.project import Workspace


class LoadOptions(TypedDict, total=False):
    """How a pipeline is loaded.

    `device` is torch's name of it. `mode` is `production` or `development`. `offload` is `auto`, `none`, `model`,
    `group` or `sequential`. `dtype` is the type of the transformers, that of the mode unless given. `text_encoder` is
    whether it is loaded; without it prompts come from `embeddings`, which is the store's cache (`True`), none (`False`)
    or one of one's own. `task` is `text` or `image`, where a model does both. `size` (width, height) and `frames` are
    what memory is planned for, the model's own unless given. `project` is the project, else that of the working
    directory.
    """

    device: Required[str]
    mode: str
    offload: str
    dtype: object
    text_encoder: bool
    embeddings: bool | EmbeddingCache
    task: str | None
    size: tuple[int, int] | None
    frames: int | None
    project: Project | None


def load_pipeline(model_id: str, variant: str | None = None, **options: Unpack[LoadOptions]) -> LoadedPipeline:
    """Load a model, ready to be called, with the official parameters of its lock.

    It is made ready on the disk if it is not, its parts are checked against each other, and the memory that it will
    need is compared with what the device has free: all before anything is loaded. A lease keeps its files from
    garbage collection until it is closed, or the pipeline is collected as garbage itself.

    Args:
        model_id: as `ensure` takes it.
        variant: which variant, where the name does not say it.
        **options: see `LoadOptions`.

    Raises:
        UsageError: an option is unknown, or makes no sense.
        ExtraMissingError: torch or another library of the extra `wan` is not installed.
        NotSupportedError: the layout is not Diffusers', or there is no such device here.
        InvalidComponentsError: the parts of the model do not fit together.
        NoVramError: the device has not enough memory free.
        InvalidWeightsError: diffusers cannot load it all the same.
        WansyncError: as `ensure`.
    """
    check_options("load_pipeline", options, LoadOptions.__annotations__, needed=("device",))
    return load_in(workspace_of(options.get("project")), spelled(model_id, variant), options)


def load_in(workspace: Workspace, wanted: str, options: LoadOptions) -> LoadedPipeline:
    """Load a model of a project; raises as `load_pipeline`."""
    require_libraries()
    plan = _plan(workspace, wanted, options)
    with contextlib.ExitStack() as stack:
        paths = stack.enter_context(leased_paths(workspace, plan.name))
        check_paths(workspace, paths, text_encoder=plan.wish.text_encoder)
        side = TextSide.of(paths, plan.wish.dtypes, plan.wish.device)
        planner = make_planner(paths, plan.wish)
        placement = planner.place(plan.shape)
        pipe = read_pipeline(paths, plan.pipeline, plan.wish.dtypes, without=plan.left_out)
        apply_schedule(pipe, plan.defaults)
        apply_tiling(pipe, tiled=placement.tiled)
        with memory_told(plan.name, plan.wish.device):
            apply_offload(pipe, placement.offload, plan.wish.device)
        held = stack.pop_all()
    # Whoever keeps the diffusers pipeline alone keeps the lease too.
    release = weakref.finalize(pipe, held.close)
    return LoadedPipeline(
        pipe,
        Loaded(
            paths=paths,
            pipeline=plan.pipeline,
            defaults=plan.defaults,
            placement=placement,
            planner=planner,
        ),
        Embedder(side, pipe, cache_of(workspace, plan.embeddings)),
        release,
    )


@value_type
class _Plan:
    """What will be loaded, decided from the lock and the options alone."""

    name: str
    pipeline: PipelineClass
    defaults: RunDefaults
    wish: Wish
    shape: Shape
    embeddings: bool | EmbeddingCache

    @property
    def left_out(self) -> tuple[str, ...]:
        """The components that are not loaded."""
        return () if self.wish.text_encoder else ("text_encoder", "tokenizer")


def _plan(workspace: Workspace, wanted: str, options: LoadOptions) -> _Plan:
    mode = choice(Mode, options.get("mode", "production"))
    offload = parse_offload(options.get("offload", "auto"))
    task = options.get("task")
    _, selected = locked_model(workspace, wanted)
    require_diffusers(selected.name, selected.variant.layout)
    defaults = run_defaults(selected.model, mode)
    check_solver(defaults)
    chosen = choice(Task, task) if task is not None else None
    pipeline = pipeline_class(selected.model.type, Backend.DIFFUSERS, chosen)
    device = pick_device(options["device"])
    return _Plan(
        name=selected.name,
        pipeline=pipeline,
        defaults=defaults,
        wish=Wish(
            device=device,
            mode=mode,
            offload=offload,
            dtypes=choose_dtypes(mode, device_type(device), options.get("dtype")),
            text_encoder=options.get("text_encoder", True),
        ),
        shape=_shape(selected.model, options, image=Task.IMAGE in pipeline.tasks),
        embeddings=options.get("embeddings", True),
    )


def _shape(model: Model, options: LoadOptions, *, image: bool) -> Shape:
    """Return the video that memory is planned for: the largest that the model was made for, unless a size is given."""
    size = options.get("size") or next(iter(sizes_of(model)), None)
    if size is None:
        raise UsageError(
            f"`{model.id}` does not say which videos it was made for",
            hint=f"State `sizes` in `models.{model.id}.defaults` of `models.toml`, or give `size`",
        )
    return Shape(width=size[0], height=size[1], frames=options.get("frames") or stated_frames(model), image=image)


def require_diffusers(name: str, layout: Layout) -> None:
    """Return if a model has the layout that diffusers reads.

    Raises:
        NotSupportedError: it has not. That the weights of the official code are the same model after their names are
            translated is what only that code could show, and its VAE and text encoder are pickles, which are not read.
    """
    if layout is Layout.DIFFUSERS:
        return
    native = layout is Layout.NATIVE
    raise NotSupportedError(
        f"`{name}` has the layout `{layout}`, and pipelines are loaded from `diffusers` alone",
        hint="Run it with the official code (`original_run` gives its arguments), or name a variant with the layout "
        "`diffusers`"
        if native
        else "Name a variant with the layout `diffusers`, or let ComfyUI load it",
        model=name,
        layout=str(layout),
    )


@contextlib.contextmanager
def leased_paths(workspace: Workspace, wanted: str) -> Iterator[WanPaths]:
    """Give where the parts of a model are, ready and kept until the block ends; raises as `ensure`.

    A store that this process cannot write, such as one in an image, is used without a lease: there is nobody to tell.
    """
    with contextlib.ExitStack() as stack:
        try:
            root = stack.enter_context(lease(workspace, wanted))
        except StoreFailError:
            root = next(iter(ensure(workspace, [wanted]).paths.values()))
        lock, selected = locked_model(workspace, wanted)
        if root.name == selected.tree.short:
            yield paths_in(lock, selected, root)
            return
    # models.lock was replaced in between: what was made ready is not what was read.
    with leased_paths(workspace, wanted) as paths:
        yield paths


def read_pipeline(paths: WanPaths, pipeline: PipelineClass, dtypes: Dtypes, *, without: tuple[str, ...] = ()) -> Any:  # noqa: ANN401 (diffusers has no types)
    """Return a diffusers pipeline from a view, on the processor, without some of its components.

    Raises:
        InvalidWeightsError: diffusers cannot load it.
    """
    torch, diffusers = load("torch"), load("diffusers")
    types = {name: getattr(torch, dtype) for name, dtype in dtypes.by_component.items()}
    try:
        return getattr(diffusers, pipeline.name).from_pretrained(
            paths.root,
            dtype={name: dtype for name, dtype in types.items() if name not in without},
            local_files_only=True,
            **dict.fromkeys(without),
        )
    except (OSError, ValueError, KeyError, RuntimeError, TypeError) as error:
        raise InvalidWeightsError(
            f"diffusers {versions()['diffusers']} cannot load `{paths.name}`: {printable(str(error))}",
            hint="Compare the versions of diffusers and transformers with those that wrote the model "
            "(`_diffusers_version` in its `model_index.json`)",
            model=paths.name,
            **versions(),
        ) from error


def cache_of(workspace: Workspace, embeddings: bool | EmbeddingCache) -> EmbeddingCache | None:  # noqa: FBT001
    """Return the cache that is meant: one of one's own, that of the store, or none."""
    if isinstance(embeddings, EmbeddingCache):
        return embeddings
    return (
        EmbeddingCache(workspace.settings.models_root / ".cache" / "embeddings", fs=workspace.fs)
        if embeddings
        else None
    )
