"""Redirects that lead in circles, nowhere, to where no request may go, or where they should."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.chaos.lies.lie import DENIED, EITHER, HEALS, REFUSED, Lie, Outcomes
from tests.chaos.stage import MEDIUM
from tests.chaos.where import Where

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.chaos.wire import Exchange

_HOP = re.compile(r"/hop(\d+)/")
_UNSIGNED = Outcomes(small=DENIED, large=DENIED)
"""What comes out where a redirect loses the signature."""
_TO_OTHER = re.compile("^")


def to(location: str, code: int = 302) -> Callable[[Exchange], None]:
    """Return the fault of a redirect to an address; `{name}` in it is the file, `{hub}`, `{cdn}`, `{other}` origins."""

    def fault(exchange: Exchange) -> None:
        if exchange.asked.kind == "objects":
            return exchange.honest()
        address = location.format(name=exchange.asked.name, **exchange.origins)
        return exchange.answer(f"{code} Found", [("Location", address)])

    return fault


def hops(count: int, code: int = 302) -> Callable[[Exchange], None]:
    """Return the fault of so many redirects, between the origins in turn, before the file."""

    def fault(exchange: Exchange) -> None:
        if exchange.asked.kind == "objects":
            return exchange.honest()
        match = _HOP.search(exchange.asked.target)
        done = int(match[1]) if match else 0
        kind = "objects" if done + 1 >= count else f"hop{done + 1}"
        return exchange.answer(f"{code} Moved", [("Location", exchange.url("cdn" if done % 2 else "other", kind))])

    return fault


def without_location(exchange: Exchange) -> None:
    """Redirect, and do not say where."""
    exchange.answer("302 Found", ())


def two_locations(exchange: Exchange) -> None:
    """Redirect to two addresses at once."""
    if exchange.asked.kind == "objects":
        return exchange.honest()
    locations = [("Location", exchange.url("cdn", "objects")), ("Location", exchange.url("other", "objects"))]
    return exchange.answer("302 Found", locations)


def _refused(name: str, location: str, **at: Outcomes) -> Lie:
    other = {Where[where]: outcomes for where, outcomes in at.items()}
    return Lie(
        name=f"redirect {name}", fault=to(location), at_hub=True, small=REFUSED, large=REFUSED, once=None, at=other
    )


def _followed(name: str, fault: Callable[[Exchange], None]) -> Lie:
    return Lie(name=f"redirect {name}", fault=fault, at_hub=True, small=HEALS, large=HEALS, once=None)


_LIES = (
    Lie(name="redirect in a circle", fault=to("{hub}/a/b/resolve/main/{name}", 301), at_hub=True, once=None),
    Lie(name="redirect between two hosts", fault=hops(10**6), at_hub=True, once=None),
    Lie(name="redirect 11 times", fault=hops(11), at_hub=True, once=None),
    Lie(name="redirect without Location", fault=without_location, at_hub=True, once=None),
    Lie(name="redirect to two places", fault=two_locations, at_hub=True, small=EITHER, once=None),
    Lie(name="redirect of a megabyte", fault=to("{cdn}/objects/" + "x" * 2**20 + "/{name}"), at_hub=True, once=None),
    _followed("three times", hops(3)),
    _followed("to another host", to("{other}/objects/{name}?X-Signature=1")),
    _followed("by a relative path", to("/objects/{name}")),
    _followed("by a path without a scheme", hops(1)),
    _followed("with 301", to("{cdn}/objects/{name}", 301)),
    _followed("with 303", to("{cdn}/objects/{name}", 303)),
    _followed("with 307", to("{cdn}/objects/{name}", 307)),
    _followed("with 308", to("{cdn}/objects/{name}", 308)),
    _refused("to the cloud's metadata", "http://169.254.169.254/latest/meta-data/{name}"),
    _refused("to a file", "file:///etc/passwd"),
    _refused("to ftp", "ftp://127.0.0.1/{name}"),
    _refused("to data", "data:text/plain,{name}"),
    _refused("to a user", "http://someone:secret@127.0.0.1:9/{name}"),
    _refused("to port 0", "http://127.0.0.1:0/{name}"),
    _refused("to port 99999", "http://127.0.0.1:99999/{name}"),
    _refused("to a port that nobody has", "http://127.0.0.1:9/{name}"),
    _refused("to no host", "http:///{name}"),
    _refused("to a host with a backslash", "http://127.0.0.1\\@127.0.0.1:9/{name}"),
    # It arrives as one of question marks, so that a query is all that is left: an address at home without a signature.
    _refused("to a host of another script", "http://ⓔⓧⓐⓜⓟⓛⓔ.invalid/{name}", BUCKET=_UNSIGNED),
    _refused("to a host that does not exist", "http://cdn.invalid/{name}"),
    _refused("to a broken address", "http://[::1/{name}"),
)

LIES = tuple(replace(lie, file=MEDIUM) for lie in _LIES)
