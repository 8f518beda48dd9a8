"""What somebody asks `wansync add` for: text to values. No IO."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, TypedDict, TypeVar

from wansync.errors import PathUnsafeError, UsageError
from wansync.manifest import ComponentKind, ModelType, Scheme, SourceRef
from wansync.manifest.names import is_id
from wansync.paths import PathFilter, RelativePath, StatedFile, name_problem
from wansync.propose.names import id_from, kind_from, type_from
from wansync.text import printable, suggest
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Sequence
    from enum import StrEnum

    _E = TypeVar("_E", bound=StrEnum)


class AddOptions(TypedDict, total=False):
    """What a caller may say about an addition, spelled as on the command line; a missing key or `None` says nothing."""

    id: str | None
    component: str | None
    kind: str | None
    type: str | None
    precision: str | None
    revision: str | None
    subfolder: str | None
    include: Sequence[str] | None
    exclude: Sequence[str] | None
    allow_pickle: bool
    hash_payloads: bool


@value_type
class Wish:
    """A source, and what is to become of it.

    Args:
        source: where the files are.
        ref: the movable name or revision that is asked for.
        id: of the model, or of the single component.
        filter: which files.
        pickle: whether files may be taken that can run code when they are loaded.
        single: whether one component is asked for, without a model.
        type: of the model; `None` where neither an option nor the names say it.
        kind: of the single component.
        precision: what the variant states; and which weights are taken where several precisions are there.
    """

    source: SourceRef
    ref: str | None
    id: str
    filter: PathFilter
    pickle: bool
    single: bool = False
    type: ModelType | None = None
    kind: ComponentKind | None = None
    precision: str | None = None


_HUB_PAGE = re.compile(
    r"(?:https?://(?:huggingface\.co|hf\.co)/)?(?P<name>[\w-][\w.-]*/[\w-][\w.-]*)(?:/tree/(?P<ref>[\w.-]+))?/?",
    re.ASCII,
)
"""A repository as people copy it: from the address bar, or from the heading of its page."""


def make_wish(source: str, options: AddOptions) -> Wish:
    """Return the wish that a source (`hf:owner/name@ref`, `file:dir`) and options spell.

    Raises:
        UsageError: one of them makes no sense, or something cannot be guessed from the names.
    """
    parsed, ref = _split_ref(source, options.get("revision"))
    component, precision = options.get("component"), options.get("precision")
    wish = Wish(
        source=parsed,
        ref=ref,
        id=_model_id(parsed, options.get("id")) if component is None else _usable(component, "--component"),
        filter=_stated(options) if parsed.scheme is Scheme.HTTPS else _filter(options),
        pickle=options.get("allow_pickle", False),
    )
    if component is not None:
        _refuse_for_component(options)
        return replace(wish, single=True, kind=_kind(component, options))
    if options.get("kind") is not None:
        raise UsageError("`--kind` is of a single component", hint="Name the component with `--component ID`")
    if precision is not None and not precision.strip():
        raise UsageError("`--precision` is empty", hint="Say what the weights are, such as `bf16`, or leave it out")
    return replace(wish, type=_type(parsed, wish.id, options.get("type")), precision=precision)


def _split_ref(text: str, revision: str | None) -> tuple[SourceRef, str | None]:
    """Return the source, and the ref behind its last `@`; a `file:` path may hold one itself."""
    location, at, ref = text.rpartition("@") if text.startswith(f"{Scheme.HUB}:") else (text, "", "")
    if not at:
        location, ref = text, ""
    if (at and not ref) or revision == "":
        raise UsageError("The ref is empty", hint="Write such as `hf:owner/name@main`, or leave out the `@`")
    if ref and revision is not None and revision != ref:
        raise UsageError(
            f"Two refs are named, `{printable(ref)}` and `{printable(revision)}`", hint="Leave out one of the two"
        )
    written = f"{text}{revision or ''}"
    if printable(written, limit=len(written)) != written:
        # Not shown: it may hold a password.
        raise UsageError("The source has control or invisible characters", hint="Write it without them")
    if meant := _HUB_PAGE.fullmatch(location):
        name, shown = meant["name"], f"@{meant['ref']}" if meant["ref"] else ""
        otherwise = "" if "://" in location else f", for a directory `file:{name}`"
        raise UsageError("The source has no scheme", hint=f"For the Hub write `hf:{name}{shown}`{otherwise}")
    try:
        source = SourceRef.parse(location)
    except ValueError as error:
        raise UsageError(
            f"The source cannot be used: {error}",
            hint="Write `hf:owner/name`, `s3:bucket/prefix`, `https://host/dir` or `file:dir`",
        ) from error
    if revision is not None and source.scheme in {Scheme.FILE, Scheme.HTTPS}:
        what = "A directory" if source.scheme is Scheme.FILE else "A web server"
        raise UsageError(f"{what} has no revisions", hint="Leave out `--revision`; the lock pins the content itself")
    return source, ref or revision


def _filter(options: AddOptions) -> PathFilter:
    include, exclude = (tuple(dict.fromkeys(p or ())) for p in (options.get("include"), options.get("exclude")))
    if "" in (*include, *exclude):
        raise UsageError("A pattern is empty", hint="Write such as `--include '*.safetensors'`")
    subfolder = (options.get("subfolder") or "").rstrip("/")
    try:
        return PathFilter(subfolder=RelativePath(subfolder) if subfolder else None, include=include, exclude=exclude)
    except PathUnsafeError as error:
        raise UsageError(error.reason, hint="Name a directory below the source, such as `--subfolder vae`") from error


def _stated(options: AddOptions) -> PathFilter:
    """Return the filter of a source that lists nothing: its files are those that are named."""
    named = _filter(options)
    if named.exclude or not named.include:
        raise UsageError(
            "A web server lists nothing, so its files must be named",
            hint="Name each of them with `--include`, such as `--include model.safetensors`, and none with `--exclude`",
        )
    try:
        files = tuple(StatedFile(path=RelativePath(name)) for name in named.include)
    except PathUnsafeError as error:
        raise UsageError(
            error.reason, hint="Name each file with `--include`; a web server knows no patterns"
        ) from error
    return PathFilter(subfolder=named.subfolder, stated=files)


def _refuse_for_component(options: AddOptions) -> None:
    of_models = [name for name in ("id", "type", "precision") if options.get(name) is not None]
    if of_models:
        raise UsageError(
            f"`--{of_models[0]}` is of models, and `--component` adds none",
            hint=f"Leave out `--{of_models[0]}` or `--component`",
        )


def _kind(component: str, options: AddOptions) -> ComponentKind:
    text = options.get("kind")
    if text is not None:
        return _member(ComponentKind, text, "kind")
    folder = (options.get("subfolder") or "").rstrip("/").rpartition("/")[2]
    kind = kind_from(folder) or kind_from(component)
    if kind is None:
        raise UsageError(
            f"What `{printable(component)}` is cannot be told from its name",
            hint=f"Add `--kind` with one of {', '.join(ComponentKind)}",
        )
    return kind


def _type(source: SourceRef, id_: str, text: str | None) -> ModelType | None:
    # Where the name does not say it, that is told after the source was seen: it may not be there at all.
    return _member(ModelType, text, "type") if text is not None else type_from(_name(source), id_)


def _model_id(source: SourceRef, text: str | None) -> str:
    if text is not None:
        return _usable(text, "--id")
    return _usable(id_from(_name(source)), "--id")


def _name(source: SourceRef) -> str:
    """Return the last part of a source's location."""
    return source.location.replace("\\", "/").rstrip("/").rpartition("/")[2]


def _usable(id_: str, option: str) -> str:
    if not is_id(id_) or name_problem(id_):
        raise UsageError(
            f"`{printable(id_)}` is no usable id" if id_ else "The source has no name that could be an id",
            hint=f"Choose one with `{option} NAME`: letters, digits and `. _ + -`, at most 64 characters",
        )
    return id_


def _member(kind: type[_E], text: str, noun: str) -> _E:
    try:
        return kind(text)
    except ValueError:
        raise UsageError(f"`{printable(text)}` is no {noun}", hint=suggest(text, [*kind])) from None
