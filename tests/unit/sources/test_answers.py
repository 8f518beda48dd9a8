from __future__ import annotations

from typing import Any

import pytest

from wansync.digest import Digest, Revision
from wansync.sources.huggingface.answers import (
    AnswerError,
    RepositoryInfo,
    TreeFile,
    parse_commits,
    parse_tree,
)

SHA = "c" * 40
OID = "d" * 40
DIGEST = "e" * 64


def info(**more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"id": "owner/name", "sha": SHA, **more}


def entry(**more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"type": "file", "path": "a/b.json", "size": 3, "oid": OID, **more}


def test_info_has_name_commit_licence_and_gate() -> None:
    parsed = RepositoryInfo.parse(info(cardData={"license": "apache-2.0"}, gated="manual", private=False, extra=1))

    assert parsed == RepositoryInfo(name="owner/name", revision=Revision(SHA), license="apache-2.0", gated=True)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, None),
        ({"cardData": None, "tags": ["diffusers", "license:mit"]}, "mit"),
        ({"cardData": {"license": "apache-2.0"}, "tags": ["license:other"]}, "apache-2.0"),
        ({"cardData": {"license": ["mit", "apache-2.0"]}}, "apache-2.0 AND mit"),
        ({"cardData": {"license": ["mit", "mit"]}}, "mit"),
        ({"cardData": {"license": ["mit", 7]}}, None),
        ({"cardData": {"license": ["mit", "a OR b"]}}, None),
        ({"cardData": {"license": []}}, None),
        ({"cardData": {"license": "\ud800"}}, None),
        ({"cardData": {"license": "mit\x1b[2J"}}, None),
        ({"cardData": {"license": "m" * 201}}, None),
        ({"cardData": {"license": ["m" * 150, "n" * 150]}}, None),
        ({"cardData": {"license": 7}, "tags": "license:mit"}, None),
        ({"cardData": {"license": ""}, "tags": [7]}, None),
    ],
)
def test_licence_is_what_the_card_states_else_the_tag(more: dict[str, Any], expected: str | None) -> None:
    assert expected == RepositoryInfo.parse(info(**more)).license


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "x",
        {},
        {"id": 1, "sha": SHA},
        {"id": "a/\ud800", "sha": SHA},
        {"id": "a/b", "sha": "main"},
        {"id": "a/b"},
    ],
)
def test_info_without_name_or_commit_is_refused(value: object) -> None:
    with pytest.raises(AnswerError):
        RepositoryInfo.parse(value)


def test_tree_has_files_and_leaves_directories_out() -> None:
    page = [
        {"type": "directory", "path": "a", "oid": OID, "size": 0},
        entry(),
        entry(path="m.safetensors", lfs={"oid": DIGEST, "size": 3, "pointerSize": 130}, xetHash="[redacted]"),
    ]

    assert parse_tree(page) == [
        TreeFile(path="a/b.json", size=3, oid=OID, digest=None),
        TreeFile(path="m.safetensors", size=3, oid=OID, digest=Digest(DIGEST)),
    ]


@pytest.mark.parametrize(
    "value",
    [
        None,
        {},
        ["x"],
        [entry(path=1)],
        [entry(size="3")],
        [entry(size=True)],
        [entry(size=-1)],
        [entry(size=2**63)],
        [entry(size=3.0)],
        [entry(oid="x")],
        [entry(lfs="x")],
        [entry(lfs={"oid": DIGEST, "size": 4})],
        [entry(lfs={"oid": DIGEST.upper(), "size": 3})],
        [entry(lfs={"oid": "../" + DIGEST[3:], "size": 3})],
        [entry(lfs={"oid": None, "size": 3})],
    ],
)
def test_tree_that_makes_no_sense_is_refused(value: object) -> None:
    with pytest.raises(AnswerError):
        parse_tree(value)


def test_commits_are_ids() -> None:
    assert parse_commits([{"id": SHA, "title": "x"}, {"id": OID}]) == [SHA, OID]
