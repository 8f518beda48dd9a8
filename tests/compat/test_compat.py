"""Documents that an older wansync wrote are still what the schemas say, and what our readers read."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
import tomlkit

from tests.compat.record import DOCUMENTS
from tests.support.documents import load_schema, open_validator
from tests.test_schemas import NAMES
from wansync.errors import InvalidListingError, InvalidLockError
from wansync.listing import parse_listing
from wansync.lockfile import parse_lock
from wansync.manifest import parse_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORDED = sorted(path.name for path in DOCUMENTS.glob("*.json"))
WE_READ = {"listing": (parse_listing, InvalidListingError), "lock": (parse_lock, InvalidLockError)}
CLOSED = {"models"}
"""Read by us alone, and written by people: a key that we do not know is a spelling mistake."""


def document(file_name: str) -> Any:  # noqa: ANN401 (any JSON value)
    values = json.loads((DOCUMENTS / file_name).read_text(encoding="utf-8"))
    assert values["recorded_with"].startswith("wansync ")
    return values["document"]


def kind(file_name: str) -> str:
    return file_name.rpartition("-")[0]


def encoded(name: str, values: Any) -> bytes:  # noqa: ANN401 (any JSON value)
    return (json.dumps(values) if name == "listing" else tomlkit.dumps(values)).encode()


def test_every_kind_has_a_recorded_document() -> None:
    assert {kind(name) for name in RECORDED} == set(NAMES), "run `python -m tests.compat.record`, and keep its files"


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_document_satisfies_the_present_schema(name: str) -> None:
    open_validator(kind(name)).validate(document(name))


@pytest.mark.parametrize("name", [name for name in RECORDED if kind(name) not in CLOSED])
def test_document_of_a_later_minor_version_satisfies_the_present_schema(name: str) -> None:
    """A schema that somebody keeps must not break when wansync says more."""
    values = document(name)
    values["something_new"] = {"nested": [1]}
    if "format_version" in values:
        values["format_version"] = "1.99"

    open_validator(kind(name)).validate(values)


@pytest.mark.parametrize("name", sorted(set(NAMES) - CLOSED))
def test_no_schema_of_a_document_forbids_new_keys(name: str) -> None:
    assert [where for where, schema in _objects(load_schema(name)) if schema.get("additionalProperties") is False] == []


@pytest.mark.parametrize("name", [name for name in RECORDED if kind(name) in WE_READ])
def test_recorded_document_is_still_read(name: str) -> None:
    read, _ = WE_READ[kind(name)]

    read(encoded(kind(name), document(name)), name=name)


@pytest.mark.parametrize("name", [name for name in RECORDED if kind(name) == "models"])
def test_recorded_manifest_is_still_read(name: str) -> None:
    parse_manifest(encoded("models", document(name)))


@pytest.mark.parametrize("name", [name for name in RECORDED if kind(name) in WE_READ])
def test_reader_ignores_unknown_keys_of_a_later_minor_version_and_no_others(name: str) -> None:
    read, refusal = WE_READ[kind(name)]
    values = document(name)
    later = copy.deepcopy(values)
    for _, table in _objects(later, only=("files", "component", "model")):
        table["something_new"] = True
    later |= {"something_new": 1} | ({"minor": 99} if kind(name) == "lock" else {"format_version": "1.99"})

    read(encoded(kind(name), later), name=name)
    with pytest.raises(refusal, match="unknown key `something_new`"):
        read(encoded(kind(name), values | {"something_new": 1}), name=name)


def _objects(value: Any, where: str = "", only: tuple[str, ...] = ()) -> Iterator[tuple[str, dict[str, Any]]]:  # noqa: ANN401
    if isinstance(value, dict):
        if not only or where.rsplit("/", maxsplit=1)[-1] in only:
            yield where, value
        for key, item in value.items():
            yield from _objects(item, f"{where}/{key}", only)
    elif isinstance(value, list):
        for item in value:
            yield from _objects(item, where, only)
