from __future__ import annotations

from pathlib import Path

import pytest

from wansync.digest import Digest
from wansync.inventory import ViewFolder, ViewKey
from wansync.store.layout import StoreLayout, parse_partial

DIGEST = Digest.of(b"weights")
LAYOUT = StoreLayout(Path("/store"))
MODEL = ViewKey(folder=ViewFolder.MODELS, name="alpha@small", tree="0123456789abcdef")
COMPONENT = ViewKey(folder=ViewFolder.COMPONENTS, name="umt5", tree="0123456789abcdef")


def test_paths_are_those_of_the_design() -> None:
    found = {
        "blob": LAYOUT.blob(DIGEST),
        "attest": LAYOUT.attest(DIGEST),
        "partial": LAYOUT.partial(DIGEST, "host.1.2.3"),
        "view": LAYOUT.view(MODEL),
        "marker": LAYOUT.marker(MODEL),
        "component": LAYOUT.view(COMPONENT),
        "component marker": LAYOUT.marker(COMPONENT),
        "link": LAYOUT.model_link("alpha@small"),
    }

    start, rest = DIGEST.hex[:2], DIGEST.hex
    assert {name: path.relative_to("/store").as_posix() for name, path in found.items()} == {
        "blob": f"blobs/sha256/{start}/{rest}",
        "attest": f".state/attests/{start}/{rest}.json",
        "partial": f".tmp/{rest}.host.1.2.3.part",
        "view": "views/alpha@small/0123456789abcdef",
        "marker": "views/alpha@small/0123456789abcdef.verified.json",
        "component": "components/umt5@0123456789abcdef",
        "component marker": "components/umt5@0123456789abcdef.verified.json",
        "link": "models/alpha@small",
    }


@pytest.mark.parametrize("key", [MODEL, COMPONENT])
def test_view_of_the_path_of_a_view_is_its_key(key: ViewKey) -> None:
    assert LAYOUT.view_of(LAYOUT.view(key)) == key


@pytest.mark.parametrize("name", ["views/alpha@small/notes", "views/alpha@small/0123", "components/no-tree"])
def test_view_of_another_path_is_none(name: str) -> None:
    assert LAYOUT.view_of(LAYOUT.root / name) is None


def test_partial_names_its_digest_and_writer() -> None:
    assert parse_partial(LAYOUT.partial(DIGEST, "host.1.2.ab").name) == (DIGEST, "host.1.2.ab")
    assert parse_partial(LAYOUT.partial(DIGEST, "released").name) == (DIGEST, "released")


@pytest.mark.parametrize(
    "name", ["", "x.part", f"{DIGEST}.part", f"{DIGEST}.w.part.old", f"{DIGEST.hex.upper()}.w.part", f"{DIGEST}w.part"]
)
def test_other_names_are_no_partials(name: str) -> None:
    assert parse_partial(name) is None
