"""Where a plan says that its files will be asked for."""

from __future__ import annotations

from dataclasses import replace

from tests.unit.plan.test_places import DIGEST, HUB, LOCAL, item, mirrors
from wansync.digest import Digest
from wansync.manifest import SourceRef
from wansync.plan import FileVerb, Places, Route, routes_of

BUCKET = replace(HUB, source=SourceRef.parse("s3:bucket/w"))
OTHER = Digest("d" * 64)
STAGE = (
    replace(item(BUCKET, LOCAL), digest=OTHER, size=5),
    replace(item(HUB, BUCKET), have=2),
    replace(item(HUB), verb=FileVerb.ADOPT),
    replace(item(HUB), digest=Digest("e" * 64), size=0),
)


def route(place: str, files: int, size: int) -> Route:
    return Route(place=place, mirror=place.startswith("mirror:"), files=files, size=size)


def test_places_are_named_once_in_the_order_of_all_files() -> None:
    """The file of the Hub is 9 bytes, and 2 of them are here."""
    named = "late=https://h/late,priority=300 copy=https://h/{repo}/{path} near=https://h/w,priority=7"

    found = routes_of(STAGE, Places(mirrors=mirrors(named)))

    assert found.places == (
        route("file:w", 1, 5),
        route("mirror:near", 2, 12),
        route("mirror:copy", 1, 7),
        route("s3:bucket/w", 2, 12),
        route("hf:Wan/T2V", 1, 7),
        route("mirror:late", 2, 12),
    )
    assert found.nowhere == ()


def test_file_that_no_place_may_be_asked_for_is_named() -> None:
    by_path = Places(mirrors=mirrors("copy=https://h/{repo}/{path}"), origin=False)

    assert [one.digest for one in routes_of(STAGE, replace(by_path, mirrors=())).nowhere] == [DIGEST]
    assert routes_of(STAGE, by_path).nowhere == ()
    assert [one.digest for one in routes_of(STAGE, replace(by_path, origin=True, offline=True)).nowhere] == [DIGEST]
