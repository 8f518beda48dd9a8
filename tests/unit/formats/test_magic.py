"""What the first bytes of a file say, whatever its name."""

from __future__ import annotations

import io
import pickle
import pickletools
import zipfile

import pytest

from tests.support.weights import safetensors
from wansync.formats import magic
from wansync.formats.magic import HEAD_BYTES, content_format


def zipped(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in names:
            archive.writestr(name, b"x" * 100)
    return buffer.getvalue()


def legacy_torch() -> bytes:
    """Return how a file of torch began before it was a zip: a magic number, a protocol, and so on."""
    return b"".join(pickle.dumps(part, protocol=2) for part in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "other"),
        (b"\x80", "other"),
        (b"\x80\x02", "other"),
        (b'{"in_channels": 16}', "other"),
        (b"\x89PNG\r\n\x1a\n", "other"),
        (b"\x80\x02\x00\x00", "other"),
        (b"\x80\x09}", "other"),
        (b"GGUF\x03\x00\x00\x00", "gguf"),
        (safetensors({"a": b"1"}), "safetensors"),
        (safetensors({}), "safetensors"),
        (zipped("model/data.pkl", "model/data/0"), "pickle"),
        (zipped("model/.format_version", "model/data.pkl"), "pickle"),
        (zipped("archive/constants.pkl"), "pickle"),
        (zipped("word/document.xml"), "other"),
        (legacy_torch(), "pickle"),
    ],
)
def test_content_says_the_format(data: bytes, expected: str) -> None:
    assert expected == content_format(data)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("value", [None, {}, [], (), "text", b"bytes", 1.5, 2**100, {"a": [1]}, pickle.PickleError])
def test_pickle_of_any_binary_protocol_is_known(protocol: int, value: object) -> None:
    assert content_format(pickle.dumps(value, protocol=protocol)) == "pickle"


def test_opcodes_are_those_of_pickle() -> None:
    known = {ord(opcode.code) for opcode in pickletools.opcodes} - {magic._PROTO}

    assert known == magic._OPCODES
    assert magic._LAST_PROTOCOL == pickle.HIGHEST_PROTOCOL


@pytest.mark.parametrize("length", [0x0280, 0x0580, 0x010280])
def test_header_whose_length_only_begins_as_a_pickle_is_safetensors(length: int) -> None:
    head = length.to_bytes(8, "little") + b'{"a": '

    assert content_format(head) == "safetensors"


def test_content_that_could_be_two_formats_is_the_one_that_runs_code() -> None:
    both = b"\x80\x02X\x05\0\0\0\0{abc."

    assert pickle.loads(both) == "\0{abc"  # noqa: S301 (written here)
    assert content_format(both) == "pickle"
    assert content_format(b"PK\x03\x04\0\0\0\0{ model/data.pkl") == "pickle"


def test_content_is_decided_by_the_head_alone() -> None:
    data = zipped("x" * 200, "model/data.pkl")

    assert content_format(data[:HEAD_BYTES] + b"\0" * 9000) == content_format(data)
    assert content_format(b"PK\x03\x04" + b"\0" * HEAD_BYTES + b"data.pkl") == "other"
