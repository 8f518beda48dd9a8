"""Which places a plan's files will be asked for, as far as that follows from what is configured. Asks none. No IO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.manifest import MirrorRef, Scheme
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wansync.plan.actions import Origin, StageItem
    from wansync.plan.places import Places


@value_type
class Route:
    """A place, and what it may be asked for.

    Args:
        place: `mirror:<name>`, or a source as the lock names it.
        mirror: whether it is a mirror.
        files: how many files.
        size: their bytes that are still to come.
    """

    place: str
    mirror: bool
    files: int
    size: int

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        kind = "mirror" if self.mirror else "source"
        return {"place": self.place, "kind": kind, "files": self.files, "bytes": self.size}


@value_type
class Routes:
    """The places of a plan's files in the order in which they are asked, and the files that none of them can have.

    Args:
        places: a file is asked of each in turn until one has it.
        nowhere: files that no place may be asked for.
    """

    places: tuple[Route, ...] = ()
    nowhere: tuple[StageItem, ...] = ()

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        return {
            "places": [route.to_dict() for route in self.places],
            "nowhere": [
                {"path": str(item.path), "sha256": str(item.digest), "size": item.size} for item in self.nowhere
            ],
        }


def routes_of(stage: Iterable[StageItem], places: Places) -> Routes:
    """Return where the files of a plan that are fetched will be asked for; `places` says what is configured."""
    items = {item: _asked(item, places) for item in stage if item.is_fetched and item.size}
    found: dict[str, tuple[Origin, list[StageItem]]] = {}
    for item, asked in items.items():
        for place in asked:
            found.setdefault(str(place.source), (place, []))[1].append(item)
    ranked = sorted(found.items(), key=lambda entry: places.rank(entry[1][0]))
    return Routes(
        places=tuple(
            Route(
                place=name,
                mirror=isinstance(place.source, MirrorRef),
                files=len(set(files)),
                size=sum(item.size - item.have for item in dict.fromkeys(files)),
            )
            for name, (place, files) in ranked
        ),
        nowhere=tuple(item for item, asked in items.items() if not asked),
    )


def _asked(item: StageItem, places: Places) -> Sequence[Origin]:
    """Return where a file is asked for; offline no source behind a network is."""
    found = places.of(item)
    if not places.offline:
        return found
    return [place for place in found if isinstance(place.source, MirrorRef) or place.source.scheme is Scheme.FILE]
