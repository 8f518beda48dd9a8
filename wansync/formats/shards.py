"""Which shards belong together, going by their names and by the index files beside them. No IO.

Paths are those of one component, relative to its subfolder. A shard belongs to the whole file that it is a part of:
`model-00001-of-00002.safetensors` and `model.safetensors.index.json` belong to `model.safetensors`.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Self, TypeAlias

from wansync.formats.index import INDEX_NAME
from wansync.paths import RelativePath
from wansync.text import count_noun, printable
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from wansync.digest import Digest

    WeightMaps: TypeAlias = Mapping[RelativePath, Mapping[str, str]]
    """Index file -> tensor -> shard, as in a listing."""

_WEIGHTS = (".safetensors", ".bin")
_SHOWN = 3
_NUMBERED = re.compile(
    r"(?P<stem>.+)-(?P<number>[0-9]{1,9})-of-(?P<count>[0-9]{1,9})(?P<end>(?:\.[^.]+)?\.(?:safetensors|bin))",
    re.IGNORECASE,
)


@value_type
class Shard:
    """What the name of a shard says: the whole file that it is a part of, its number, and how many there are."""

    whole: str
    number: int
    count: int

    @classmethod
    def parse(cls, name: str) -> Self | None:
        """Return what a name says, or `None` when it has no number."""
        if not (found := _NUMBERED.fullmatch(name)):
            return None
        return cls(whole=found["stem"] + found["end"], number=int(found["number"]), count=int(found["count"]))


@value_type
class Contradiction:
    """Two shards of one index, or of two of them, that cannot both be right: what is said of them, and which."""

    index: RelativePath
    message: str
    files: tuple[RelativePath, ...]


def whole_name(name: str) -> str:
    """Return the name of the file that a shard is a part of; a name without a number is its own."""
    shard = Shard.parse(name)
    return shard.whole if shard else name


def named_shards(index: RelativePath, weight_map: Mapping[str, str]) -> frozenset[RelativePath]:
    """Return the paths of the shards that an index names.

    Raises:
        PathUnsafeError: a shard's name is no portable one.
    """
    return frozenset(_beside(index, shard) for shard in set(weight_map.values()))


def unused_weights(paths: Iterable[RelativePath], weight_maps: WeightMaps) -> frozenset[RelativePath]:
    """Return the weights that lie in a folder with an index and that no index there names."""
    named = _named_by_folder(weight_maps)
    return frozenset(
        path
        for path in paths
        if path.name.casefold().endswith(_WEIGHTS) and path not in named.get(_folder(path), {path})
    )


def find_contradiction(weight_maps: WeightMaps) -> Contradiction | None:
    """Return what no loader can do right: shards whose numbers exclude each other, or two answers to one question.

    Raises:
        PathUnsafeError: the name of such a shard is no portable one.
    """
    found = [problem for index in sorted(weight_maps) if (problem := _numbers(index, weight_maps[index]))]
    return found[0] if found else _two_answers(weight_maps)


def shard_warnings(files: Mapping[RelativePath, Digest], weight_maps: WeightMaps) -> tuple[str, ...]:
    """Return what is odd about the shards of a component, yet may be meant; sentences without a final period."""
    return (
        *_extra(files, weight_maps),
        *_whole_beside_shards(files),
        *_gaps(weight_maps),
        *_twins(files, weight_maps),
    )


def _folder(path: RelativePath) -> str:
    return path.text.rpartition("/")[0]


def _beside(path: RelativePath, name: str) -> RelativePath:
    folder = _folder(path)
    return RelativePath(f"{folder}/{name}" if folder else name)


def _named_by_folder(weight_maps: WeightMaps) -> dict[str, set[RelativePath]]:
    named: dict[str, set[RelativePath]] = {}
    for index, weight_map in weight_maps.items():
        named.setdefault(_folder(index), set()).update(named_shards(index, weight_map))
    return named


def _indexed_wholes(index: RelativePath, weight_map: Mapping[str, str]) -> set[str]:
    """Return the names of the whole files whose shards an index is about: its own, and those of what it names."""
    wholes = {whole_name(shard) for shard in set(weight_map.values())}
    if found := INDEX_NAME.fullmatch(index.name):
        stem, dot, suffix = found["whole"].rpartition(".")
        wholes.add(f"{stem}{found['variant'] or ''}{dot}{suffix}")
    return wholes


def _numbers(index: RelativePath, weight_map: Mapping[str, str]) -> Contradiction | None:
    """Return two shards of one index of which one says that the other cannot be, or one that says so of itself."""
    of_count: dict[str, tuple[int, str]] = {}
    of_number: dict[tuple[str, int], str] = {}
    for name in sorted(set(weight_map.values())):
        if not (shard := Shard.parse(name)):
            continue
        count, first = of_count.setdefault(shard.whole, (shard.count, name))
        twin = of_number.setdefault((shard.whole, shard.number), name)
        if shard.number > shard.count:
            message = f"names a shard with a number that cannot be: `{printable(name)}`"
            return Contradiction(index=index, message=message, files=_paths(index, name))
        if (other := first if count != shard.count else twin) != name:
            message = f"names shards whose numbers exclude each other: `{printable(other)}` and `{printable(name)}`"
            return Contradiction(index=index, message=message, files=_paths(index, other, name))
    return None


def _paths(index: RelativePath, *names: str) -> tuple[RelativePath, ...]:
    return tuple(sorted({_beside(index, name) for name in names}))


def _two_answers(weight_maps: WeightMaps) -> Contradiction | None:
    """Return a tensor that two indexes of a folder look for in different shards of the same whole file."""
    answers: dict[tuple[str, str, str], tuple[RelativePath, str]] = {}
    for index in sorted(weight_maps):
        wholes = {shard: whole_name(shard) for shard in set(weight_maps[index].values())}
        for tensor, shard in weight_maps[index].items():
            first, other = answers.setdefault((_folder(index), wholes[shard], tensor), (index, shard))
            if other != shard:
                return Contradiction(
                    index=index,
                    message=f"has the tensor `{printable(tensor, limit=80)}` in `{printable(shard)}`, "
                    f"and `{first.name}` has it in `{printable(other)}`",
                    files=_paths(index, shard, other),
                )
    return None


def _extra(files: Collection[RelativePath], weight_maps: WeightMaps) -> Iterator[str]:
    named = _named_by_folder(weight_maps)
    wholes: dict[str, set[str]] = {}
    for index, weight_map in weight_maps.items():
        wholes.setdefault(_folder(index), set()).update(_indexed_wholes(index, weight_map))
    extra = [
        path
        for path in sorted(files)
        if (shard := Shard.parse(path.name))
        and shard.whole in wholes.get(_folder(path), ())
        and path not in named[_folder(path)]
    ]
    if extra:
        yield f'no index names {_list(extra)}; `shards = "used"` leaves out what no index names'


def _whole_beside_shards(files: Collection[RelativePath]) -> Iterator[str]:
    sharded = {(_folder(path), shard.whole) for path in files if (shard := Shard.parse(path.name))}
    for path in sorted(files):
        if (_folder(path), path.name) in sharded:
            yield f"`{path}` stands beside its own shards; leave out one or the other with `exclude`"


def _gaps(weight_maps: WeightMaps) -> Iterator[str]:
    for index in sorted(weight_maps):
        shards = [shard for name in set(weight_maps[index].values()) if (shard := Shard.parse(name))]
        for (whole, count), here in sorted(Counter((shard.whole, shard.count) for shard in shards).items()):
            if here < count:
                yield f"`{index}` names {here} of the {count_noun(count, 'shard')} of `{printable(whole)}`"


def _twins(files: Mapping[RelativePath, Digest], weight_maps: WeightMaps) -> Iterator[str]:
    for index in sorted(weight_maps):
        first: dict[Digest, RelativePath] = {}
        for path in sorted(named_shards(index, weight_maps[index])):
            digest = files.get(path)
            if digest is not None and (twin := first.setdefault(digest, path)) != path:
                yield f"the shards `{twin}` and `{path}` have the same bytes"


def _list(paths: Collection[RelativePath]) -> str:
    names = [f"`{path}`" for path in paths]
    shown = names if len(names) <= _SHOWN + 1 else [*names[:_SHOWN], f"{len(names) - _SHOWN} more"]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
