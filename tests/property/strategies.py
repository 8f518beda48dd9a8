"""Values that are well formed by construction: ids, files, locks, disks, manifests."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tests.unit.samples import digest
from wansync.digest import Revision
from wansync.inventory import BlobState, Inventory, ViewRecord
from wansync.lockfile import LockedComponent, LockedFile, Lockfile
from wansync.manifest import ComponentKind, Layout, Model, ModelType, SourceRef, Variant, fold
from wansync.paths import RelativePath, name_problem
from wansync.settings import LinkMode

if TYPE_CHECKING:
    from random import Random

    from hypothesis.strategies import DrawFn, SearchStrategy

    from wansync.lockfile import ViewFile
    from wansync.plan import ViewSpec

LETTERS = "abcXYZ019"
IDS = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._+-]{0,6}[A-Za-z0-9_+-])?", fullmatch=True).filter(
    lambda text: name_problem(text) is None  # an id is a directory name: no device of Windows
)
# A name whose content is the name: equal contents have equal sizes, as in the world.
CONTENTS = st.sampled_from("pqrstuvw")
NAMES = st.text(LETTERS, min_size=1, max_size=4).map(lambda name: "f" + name.lower())
DIGESTS = st.binary(max_size=8).map(lambda data: digest(data.hex()))
REVISIONS = st.one_of(
    st.text("0123456789abcdef", min_size=40, max_size=40).map(Revision), DIGESTS.map(Revision.of_tree)
)
SOURCES = st.sampled_from(["hf:Wan-AI/Wan2.2", "s3:bucket/prefix", "https://host/dir", "file:../weights"])
SCALARS = st.one_of(
    st.booleans(), st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False), st.text()
)
TOML_VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=4,
)
ANY_TOML = st.one_of(TOML_VALUES, st.dates(), st.datetimes(timezones=st.just(dt.UTC)), st.floats())
TABLES: SearchStrategy[dict[str, Any]] = st.dictionaries(st.text(max_size=4), TOML_VALUES, max_size=2)


def size_of(content: str) -> int:
    return 1 + 7 * ord(content) % 100


def unique_ids(**limits: int) -> SearchStrategy[list[str]]:
    """Ids that differ in more than case."""
    return st.lists(IDS, unique_by=fold, **limits)  # type: ignore[arg-type]


@st.composite
def locked_files(draw: DrawFn) -> tuple[LockedFile, ...]:
    names = draw(st.lists(NAMES, unique=True, min_size=1, max_size=4))
    folder = draw(st.sampled_from(["", "deep/", "deep/er/"]))
    files = []
    for name in sorted(names):
        content, origin = draw(CONTENTS), draw(st.none() | NAMES)
        path = RelativePath(folder + name)
        origin_path = RelativePath(origin) if origin else None
        files.append(LockedFile(path=path, size=size_of(content), digest=digest(content), origin=origin_path))
    return tuple(sorted(files, key=lambda file: file.path))


@st.composite
def components(draw: DrawFn, id_: str, ids: list[str]) -> LockedComponent:
    return LockedComponent(
        id=id_,
        kind=draw(st.sampled_from(ComponentKind)),
        source=SourceRef.parse(draw(SOURCES)),
        revision=draw(REVISIONS),
        files=draw(locked_files()),
        format=draw(st.sampled_from(["safetensors", "pickle", "other"])),
        subfolder=draw(st.none() | NAMES.map(RelativePath)),
        request=draw(TABLES),
        license=draw(st.none() | st.text(max_size=8)),
        requires=tuple(sorted(draw(st.sets(st.sampled_from(ids), max_size=2)))),
    )


@st.composite
def models(draw: DrawFn, id_: str, ids: list[str]) -> Model:
    names = sorted(draw(unique_ids(min_size=1, max_size=2)))
    variants = []
    for name in names:
        mounted = draw(st.lists(st.sampled_from(ids), max_size=3))
        slots = {f"slot-{position}": (component,) for position, component in enumerate(mounted)}
        layout, precision = draw(st.sampled_from(Layout)), draw(st.text(max_size=4))
        variants.append(Variant(name=name, layout=layout, precision=precision, slots=slots))
    return Model(
        id=id_,
        version=draw(IDS),
        type=draw(st.sampled_from(ModelType)),
        default_variant=draw(st.sampled_from(names)),
        variants=tuple(variants),
        defaults=draw(TABLES),
    )


@st.composite
def locks(draw: DrawFn) -> Lockfile:
    """Return a lock that makes sense in itself."""
    ids = sorted(draw(unique_ids(min_size=1, max_size=3)))
    names = sorted(draw(unique_ids(max_size=2)))
    refs = st.lists(st.sampled_from(names or ["none"]), unique=True, min_size=1, max_size=2).map(tuple)
    return Lockfile(
        project=draw(st.text(max_size=8)),
        components=tuple(draw(components(id_, ids)) for id_ in ids),
        models=tuple(draw(models(name, ids)) for name in names),
        profiles=draw(st.dictionaries(st.text(max_size=4), refs, max_size=2)),
    )


@st.composite
def disks(draw: DrawFn, lock: Lockfile, specs: tuple[ViewSpec, ...]) -> Inventory:
    """Return a disk with any mixture of what the lock wants and of what it does not."""
    known = sorted(lock.digests)
    views = {}
    for spec in specs:
        if draw(st.booleans()):
            damaged = draw(st.sets(st.sampled_from(spec.files))) if spec.files else set()
            views[spec.key] = ViewRecord(mode=draw(st.none() | st.sampled_from(LinkMode)), damaged=_paths(damaged))
    trees = {c.id: c.tree.short for c in lock.components}
    return Inventory(
        blobs={one: draw(st.sampled_from(BlobState)) for one in known},
        partials=draw(st.dictionaries(st.sampled_from(known), st.integers(0, 120))) if known else {},
        views=views,
        applied={id_: draw(st.sampled_from([tree, "0" * 16])) for id_, tree in trees.items() if draw(st.booleans())},
        stale_records=draw(st.sampled_from([(), ("root",)])),
        link_mode=draw(st.none() | st.sampled_from(LinkMode)),
        free=draw(st.integers(0, 1000)),
        capacity=1000,
    )


def _paths(files: set[ViewFile]) -> tuple[RelativePath, ...]:
    return tuple(sorted(file.path for file in files))


def shuffled(value: Any, random: Random) -> Any:  # noqa: ANN401
    """Return a mapping with the order of its tables changed, everywhere inside of it."""
    if not isinstance(value, dict):
        return value
    keys = list(value)
    random.shuffle(keys)
    return {key: shuffled(value[key], random) for key in keys}
