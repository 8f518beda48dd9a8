"""The header of a `.safetensors` file: which tensor lies where. No IO, never a tensor.

The rules are those of the reference implementation (huggingface/safetensors, `safetensors/src/tensor.rs`), and two
that only its README states: no name stands there twice, and a tensor is an object, not a list of its values.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from wansync.documents import DocumentError, Table, parse_json
from wansync.text import printable
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_HEADER_BYTES = 100_000_000
"""The reference implementation's limit."""
LENGTH_BYTES = 8
_METADATA = "__metadata__"
_OVERFLOW = 2**64
# Some 400,000 tensors. JSON takes up to twenty times its own size in memory, so the limit in bytes alone is none.
_MAX_MARKS = 8_000_000


class Dtype(StrEnum):
    """The type of a tensor's elements."""

    BOOL = "BOOL"
    F4 = "F4"
    F6_E2M3 = "F6_E2M3"
    F6_E3M2 = "F6_E3M2"
    U8 = "U8"
    I8 = "I8"
    F8_E5M2 = "F8_E5M2"
    F8_E4M3 = "F8_E4M3"
    F8_E8M0 = "F8_E8M0"
    F8_E4M3FNUZ = "F8_E4M3FNUZ"
    F8_E5M2FNUZ = "F8_E5M2FNUZ"
    I16 = "I16"
    U16 = "U16"
    F16 = "F16"
    BF16 = "BF16"
    I32 = "I32"
    U32 = "U32"
    F32 = "F32"
    C64 = "C64"
    F64 = "F64"
    I64 = "I64"
    U64 = "U64"

    @property
    def bits(self) -> int:
        """The bits of one element; not always whole bytes."""
        return _BITS[self]


_BITS = {
    **dict.fromkeys((Dtype.F4,), 4),
    **dict.fromkeys((Dtype.F6_E2M3, Dtype.F6_E3M2), 6),
    **dict.fromkeys((Dtype.BOOL, Dtype.U8, Dtype.I8, Dtype.F8_E5M2, Dtype.F8_E4M3), 8),
    **dict.fromkeys((Dtype.F8_E8M0, Dtype.F8_E4M3FNUZ, Dtype.F8_E5M2FNUZ), 8),
    **dict.fromkeys((Dtype.I16, Dtype.U16, Dtype.F16, Dtype.BF16), 16),
    **dict.fromkeys((Dtype.I32, Dtype.U32, Dtype.F32), 32),
    **dict.fromkeys((Dtype.C64, Dtype.F64, Dtype.I64, Dtype.U64), 64),
}


@value_type
class Tensor:
    """One tensor; `begin` and `end` are offsets in bytes from the end of the header."""

    dtype: Dtype
    shape: tuple[int, ...]
    begin: int
    end: int


@value_type
class SafetensorsHeader:
    """What a file holds: tensors by name in the order of their bytes, and free text by key."""

    tensors: Mapping[str, Tensor]
    metadata: Mapping[str, str]


def header_end(data: bytes, size: int) -> int:
    """Return where the header ends: how many of the file's first bytes `parse_header` needs.

    Args:
        data: the file's first bytes, at least eight of them where it has as many.
        size: the size of the file in bytes.

    Raises:
        DocumentError: the file is too short for its header, or the header is larger than the format allows.
    """
    if size < LENGTH_BYTES or len(data) < LENGTH_BYTES:
        raise DocumentError(f"it is shorter than the {LENGTH_BYTES} bytes that say how long the header is")
    length = int.from_bytes(data[:LENGTH_BYTES], "little")
    if length > MAX_HEADER_BYTES:
        raise DocumentError(f"it would be longer than the {MAX_HEADER_BYTES} bytes that the format allows")
    if LENGTH_BYTES + length > size:
        raise DocumentError(f"it would end at byte {LENGTH_BYTES + length}, and the file at byte {size}")
    return LENGTH_BYTES + length


def parse_header(data: bytes, size: int) -> SafetensorsHeader:
    """Return the header of a file; time and memory are bounded whatever `data` holds.

    Args:
        data: the file's first bytes, as many as `header_end` says, or more.
        size: the size of the file in bytes.

    Raises:
        DocumentError: the header breaks a rule of the format, or says something else than the file's size does.
    """
    end = header_end(data, size)
    text = data[LENGTH_BYTES:end]
    if len(text) < end - LENGTH_BYTES:
        raise DocumentError("it is cut off")
    if sum(text.count(mark) for mark in (b'"', b",", b"[", b"{")) > _MAX_MARKS:
        raise DocumentError("it has too many parts to be a model's")
    values = parse_json(text, limit=MAX_HEADER_BYTES)
    if values.get(_METADATA) is None:
        values.pop(_METADATA, None)
    table = Table(values)
    metadata = table.optional_table(_METADATA)
    found = [(name, _tensor(table.table(name))) for name in table.names() if name != _METADATA]
    found.sort(key=lambda named: (named[1].begin, named[1].end))
    _check_offsets(found, size - end)
    return SafetensorsHeader(
        tensors=dict(found),
        metadata={key: metadata.string(key) for key in metadata.names()},
    )


def _tensor(table: Table) -> Tensor:
    # A key that is not known is left alone, as in the reference implementation.
    offsets = table.integers("data_offsets")
    if len(offsets) != 2:  # noqa: PLR2004 (begin and end)
        raise table.error("data_offsets", f"expected begin and end, not {len(offsets)} numbers")
    if max(offsets) >= _OVERFLOW:
        raise table.error("data_offsets", "no file is as large as that")
    tensor = Tensor(
        dtype=table.choice("dtype", Dtype),
        shape=table.integers("shape"),
        begin=offsets[0],
        end=offsets[1],
    )
    needed = _bytes_of(tensor, table)
    if tensor.end - tensor.begin != needed:
        message = f"type and shape need {needed} bytes, and it has {tensor.end - tensor.begin}"
        raise table.error("data_offsets", message)
    return tensor


def _bytes_of(tensor: Tensor, table: Table) -> int:
    count = 1
    for length in tensor.shape:
        count *= length
        if count >= _OVERFLOW:
            raise table.error("shape", "it has more elements than can be counted")
    bits = count * tensor.dtype.bits
    if bits >= _OVERFLOW:
        raise table.error("shape", "it has more bits than can be counted")
    if bits % 8:
        raise table.error("shape", f"{count} elements of {tensor.dtype} end within a byte")
    return bits // 8


def _check_offsets(tensors: Iterable[tuple[str, Tensor]], size: int) -> None:
    """Refuse holes and overlaps: every byte after the header belongs to exactly one tensor."""
    reached = 0
    for name, tensor in tensors:
        if tensor.begin != reached:
            raise DocumentError(
                f"the tensor `{printable(name)}` begins at {tensor.begin}, and the one before it ends at {reached}",
                key_path=(name, "data_offsets"),
            )
        reached = tensor.end
    if reached != size:
        raise DocumentError(f"its tensors take {reached} bytes, and the file has {size} after the header")
