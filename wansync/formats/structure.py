"""Do the files of a view make sense together, going by their first bytes? Decides; never reads. No IO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.documents import DocumentError
from wansync.documents.errors import format_key_path
from wansync.formats.index import MAX_INDEX_BYTES, is_index, parse_weight_map
from wansync.formats.magic import HEAD_BYTES, content_format
from wansync.formats.safetensors import header_end, parse_header
from wansync.text import printable
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from wansync.paths import RelativePath


@value_type
class Content:
    """What the first bytes of one file say.

    Args:
        format: by content, as `content_format` calls it.
        tensors: the names in a safetensors header.
        weight_map: of an index of shards.
        problem: why the file is not what its name says; `tensors` and `weight_map` are then not known.
    """

    format: str
    tensors: frozenset[str] | None = None
    weight_map: Mapping[str, str] | None = None
    problem: str = ""


@value_type
class Defect:
    """A file that cannot be used, and why; `pickle` is true when an opt-in would help."""

    path: RelativePath
    problem: str
    pickle: bool = False


def bytes_needed(name: str, head: bytes, size: int) -> int:
    """Return how many of a file's first bytes `examine` needs.

    Args:
        name: the file's name.
        head: its first `HEAD_BYTES`, or all that it has.
        size: its size in bytes.
    """
    if is_index(name):
        return min(size, MAX_INDEX_BYTES + 1)
    try:
        return header_end(head, size) if _is_safetensors(name) else len(head)
    except DocumentError:
        return len(head)


def examine(name: str, head: bytes, size: int) -> Content:
    """Return what a file says; `head` are as many of its first bytes as `bytes_needed` says."""
    found = content_format(head[:HEAD_BYTES])
    try:
        if is_index(name):
            return Content(format=found, weight_map=parse_weight_map(head))
        if _is_safetensors(name):
            # Whatever else its first bytes could be: who loads it by this name reads tensors.
            return Content(format="safetensors", tensors=frozenset(parse_header(head, size).tensors))
    except DocumentError as error:
        where = printable(format_key_path(error.key_path), limit=80)
        what = "it is no index of shards" if is_index(name) else "it has no valid safetensors header"
        return Content(format=found, problem=f"{what} ({f'`{where}`: ' if where else ''}{error.message})")
    return Content(format=found)


def find_defects(contents: Mapping[RelativePath, Content], pickles: Collection[RelativePath]) -> tuple[Defect, ...]:
    """Return what makes a view useless, sorted by path; empty when nothing does.

    Args:
        contents: every file of the view.
        pickles: paths at which a file may be one that runs code when it is loaded.
    """
    return tuple(defect for path in sorted(contents) for defect in _defects(path, contents, pickles))


def _is_safetensors(name: str) -> bool:
    return name.casefold().endswith(".safetensors")


def _defects(
    path: RelativePath, contents: Mapping[RelativePath, Content], pickles: Collection[RelativePath]
) -> Iterator[Defect]:
    content = contents[path]
    if content.format == "pickle" and path not in pickles:
        yield Defect(path=path, problem="it is a pickle, which can run code when it is loaded", pickle=True)
    elif content.problem:
        yield Defect(path=path, problem=content.problem)
    elif content.weight_map is not None and (problem := _index_problem(path, content.weight_map, contents)):
        yield Defect(path=path, problem=problem)


def _index_problem(
    index: RelativePath, weight_map: Mapping[str, str], contents: Mapping[RelativePath, Content]
) -> str | None:
    folder = index.text.removesuffix(index.name)
    # As text: a shard's name need not be a portable one.
    beside = {path.name: content for path, content in contents.items() if path.text == folder + path.name}
    for tensor, shard in weight_map.items():
        content = beside.get(shard)
        if content is None:
            return f"it names the shard `{printable(shard)}`, which is not there"
        if content.tensors is not None and tensor not in content.tensors:
            return (
                f"it has the tensor `{printable(tensor, limit=80)}` in the shard `{printable(shard)}`, which lacks it"
            )
    return None
