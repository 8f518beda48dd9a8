"""The header of a safetensors file: which are taken, and what is said of the others."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.weights import safetensors, with_header
from wansync.documents import DocumentError
from wansync.documents.errors import format_key_path
from wansync.formats.safetensors import Dtype, SafetensorsHeader, Tensor, header_end, parse_header

TWO = safetensors({"a": b"12", "b": b"345"})


def parse(data: bytes) -> SafetensorsHeader:
    return parse_header(data, len(data))


def refusal(data: bytes) -> str:
    """Return what is said of a file, with the key path before it."""
    with pytest.raises(DocumentError) as caught:
        parse(data)
    where = format_key_path(caught.value.key_path)
    return f"{where}: {caught.value.message}" if where else caught.value.message


def entry(**more: Any) -> dict[str, Any]:  # noqa: ANN401 (any JSON value)
    return {"dtype": "U8", "shape": [2], "data_offsets": [0, 2], **more}


def test_header_has_the_tensors_in_the_order_of_their_bytes() -> None:
    late, early = entry(data_offsets=[4, 6]), entry(dtype="F16", data_offsets=[0, 4])
    found = parse(with_header({"late": late, "early": early, "__metadata__": {"format": "pt"}}, b"123456"))

    assert list(found.tensors.items()) == [
        ("early", Tensor(dtype=Dtype.F16, shape=(2,), begin=0, end=4)),
        ("late", Tensor(dtype=Dtype.U8, shape=(2,), begin=4, end=6)),
    ]
    assert found.metadata == {"format": "pt"}


def test_header_is_all_that_is_read() -> None:
    end = header_end(TWO[:8], len(TWO))

    assert end == len(TWO) - 5
    assert parse_header(TWO[:end], len(TWO)) == parse(TWO)


@pytest.mark.parametrize(
    ("header", "data"),
    [
        (b"{}", b""),
        (b"{}   ", b""),
        (b" \t\r\n{}", b""),
        ({"__metadata__": None}, b""),
        ({"a": entry(unknown=[1])}, b"12"),
        ({"scalar": entry(dtype="F32", shape=[], data_offsets=[0, 4])}, b"1234"),
        ({"nothing": entry(shape=[0, 9], data_offsets=[0, 0]), "a": entry()}, b"12"),
        ({"nothing": entry(shape=[0, 2**63, 4], data_offsets=[0, 0])}, b""),
    ],
)
def test_header_that_the_reference_takes_is_taken(header: object, data: bytes) -> None:
    parse(with_header(header, data))


@pytest.mark.parametrize("dtype", Dtype)
def test_header_of_every_type_counts_its_bits(dtype: Dtype) -> None:
    header = {"a": entry(dtype=str(dtype), shape=[4], data_offsets=[0, dtype.bits // 2])}

    assert parse(with_header(header, b"x" * (dtype.bits // 2))).tensors["a"].dtype is dtype


def test_header_sizes_of_elements_are_those_of_their_names() -> None:
    digits = {dtype: "".join(c for c in dtype.partition("_")[0] if c.isdigit()) for dtype in Dtype}

    assert {dtype.bits for dtype in Dtype if not digits[dtype]} == {8}
    assert [dtype for dtype in Dtype if digits[dtype] and dtype.bits != int(digits[dtype])] == []


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", "it is shorter than the 8 bytes that say how long the header is"),
        (b"1234567", "it is shorter than the 8 bytes that say how long the header is"),
        (b"version https://git-lfs", "it would be longer than the 100000000 bytes that the format allows"),
        ((9).to_bytes(8, "little") + b"{}", "it would end at byte 17, and the file at byte 10"),
        (with_header(b""), "it is no JSON: Expecting value"),
        (with_header(b"[]"), "its root is no object"),
        (with_header(b"{}\0"), "it is no JSON: Extra data"),
        (with_header(b"\xff"), "it is not UTF-8 text"),
        (with_header(b'{"a": ' + b"[" * 40), "it is nested more than 32 levels deep"),
        (with_header(b"{}", b"more"), "its tensors take 0 bytes, and the file has 4 after the header"),
    ],
)
def test_header_that_is_none_is_refused(data: bytes, expected: str) -> None:
    assert expected == refusal(data)


def test_header_that_is_cut_off_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"^it is cut off$"):
        parse_header(TWO[:20], len(TWO))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"dtype": "F7"}, "a.dtype: expected one of BOOL, F4, "),
        ({"dtype": 8}, "a.dtype: expected a string, not an integer"),
        ({"shape": 2}, "a.shape: expected a list, not an integer"),
        ({"shape": [2.0]}, "a.shape[0]: expected an integer, not a number"),
        ({"shape": [True, 2]}, "a.shape[0]: expected an integer, not true or false"),
        ({"shape": [1, -2]}, "a.shape[1]: expected a number that is not negative"),
        ({"shape": [3]}, "a.data_offsets: type and shape need 3 bytes, and it has 2"),
        ({"shape": [2**63, 4, 0]}, "a.shape: it has more elements than can be counted"),
        ({"shape": [2**62]}, "a.shape: it has more bits than can be counted"),
        ({"dtype": "F4", "shape": [5]}, "a.shape: 5 elements of F4 end within a byte"),
        ({"dtype": "F6_E2M3", "shape": [2]}, "a.shape: 2 elements of F6_E2M3 end within a byte"),
        ({"data_offsets": [0]}, "a.data_offsets: expected begin and end, not 1 numbers"),
        ({"data_offsets": [0, 2, 4]}, "a.data_offsets: expected begin and end, not 3 numbers"),
        ({"data_offsets": [2, 0]}, "a.data_offsets: type and shape need 2 bytes, and it has -2"),
        ({"data_offsets": [10**4000, 10**4000 + 2]}, "a.data_offsets: no file is as large as that"),
        ({"data_offsets": [1, 3]}, "a.data_offsets: the tensor `a` begins at 1, and the one before it ends at 0"),
    ],
)
def test_header_with_a_wrong_tensor_says_which_and_why(more: dict[str, Any], expected: str) -> None:
    assert refusal(with_header({"a": entry(**more)}, b"12")).startswith(expected)


@pytest.mark.parametrize(
    ("second", "reached"),
    [([1, 3], 1), ([3, 5], 3)],
    ids=["overlap", "hole"],
)
def test_header_with_bytes_that_belong_to_two_tensors_or_none_is_refused(second: list[int], reached: int) -> None:
    data = with_header({"a": entry(), "b": entry(data_offsets=second)}, b"123456")

    expected = f"the tensor `b` begins at {reached}, and the one before it ends at 2"
    assert refusal(data) == f"b.data_offsets: {expected}"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b'{"a": {}, "a": {}}', "the key `a` is there twice"),
        (b'{"a": {"dtype": "U8", "dtype": "U8"}}', "the key `dtype` is there twice"),
        (b'{"a": ["U8", [0], [0, 0]]}', "a: expected a table, not a list"),
        (b'{"a": {}}', "a: `data_offsets` is missing"),
        (b'{"__metadata__": {"step": 3}}', "__metadata__.step: expected a string, not an integer"),
        (b'{"__metadata__": []}', "__metadata__: expected a table, not a list"),
        (b'{"__metadata__": {"x": "\\ud800"}}', "__metadata__.x: the text is no valid Unicode"),
        (b'{"a": NaN}', "`NaN` is no JSON number"),
    ],
)
def test_header_that_breaks_a_rule_of_the_format_is_refused(header: bytes, expected: str) -> None:
    assert expected == refusal(with_header(header))


def test_header_with_a_name_that_is_no_text_is_refused() -> None:
    assert refusal(with_header(b'{"\\ud800": {}}')).endswith("the text is no valid Unicode")


@pytest.mark.parametrize("mark", [b"[],", b'""'])
def test_header_that_would_take_much_more_memory_than_bytes_is_refused_unread(mark: bytes) -> None:
    data = with_header(b'{"a": [' + mark * 8_000_001)

    assert refusal(data) == "it has too many parts to be a model's"


def test_header_of_very_many_tensors_is_taken() -> None:
    tensors = {f"layers.{number}.weight": b"12" for number in range(20_000)}

    assert list(parse(safetensors(tensors)).tensors) == list(tensors)
