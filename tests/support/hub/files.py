"""The routes of bodies: `resolve` at the hub, signed addresses at the CDN, and redirects between the two."""

from __future__ import annotations

import hashlib
import re
import time
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlencode

from tests.support.hub.api import find_commit
from tests.support.hub.wire import Answer, FileBody, Refusal, redirect

if TYPE_CHECKING:
    from tests.support.hub.content import HubFile
    from tests.support.hub.hub import Hub
    from tests.support.hub.wire import Request

RESOLVE = re.compile(r"/(?P<name>[^/]+/[^/]+)/resolve/(?P<rev>[^/]+)/(?P<path>.+)")
RESOLVE_CACHE = re.compile(r"/api/resolve-cache/models/(?P<name>[^/]+/[^/]+)/(?P<rev>[^/]+)/(?P<path>.+)")
OBJECT = re.compile(r"/repos/[0-9a-f]{2}/(?P<sha256>[0-9a-f]{64})")
HOP = re.compile(r"/hop/(?P<left>-?\d+)")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def answer_resolve(hub: Hub, request: Request, match: re.Match[str], *, cached: bool = False) -> Answer:
    """Answer a request for a file of a repository, or refuse it."""
    repository = hub.find(unquote(match["name"]), request)
    if repository.gated and request.token != hub.token:
        status = 403 if request.token else 401
        raise Refusal(status, "GatedRepo", f"Access to model {repository.id} is restricted.")
    commit, path = find_commit(repository, unquote(match["rev"])), unquote(match["path"])
    file, about = commit.files.get(path), {"X-Repo-Commit": commit.id, "Accept-Ranges": "bytes"}
    if file is None:
        # With the commit the client remembers that the file is absent there.
        raise Refusal(404, "EntryNotFound", "Entry not found", {"X-Repo-Commit": commit.id})
    if file.sha256:
        return _large(hub, request, (file, file.sha256), {**about, **_xet(hub, repository.id, commit.id, file)})
    about["ETag"] = f'"{file.oid}"'
    if hub.faults.resolve_cache and not cached:
        return redirect(f"/api/resolve-cache/models/{repository.id}/{commit.id}/{quote(path)}", 307, about)
    return body_answer(hub, request, file, about)


def _large(hub: Hub, request: Request, named: tuple[HubFile, str], about: dict[str, str]) -> Answer:
    file, sha256 = named
    faults = hub.ledger.for_request(request)
    about |= {"X-Linked-Etag": f'"{sha256}"', "X-Linked-Size": str(file.size + faults.wrong_size)}
    if hub.faults.no_cdn:
        return body_answer(hub, request, file, {**about, "ETag": f'"{sha256}"'})
    location = _signed(hub, sha256, unquote(request.route).rpartition("/")[2])
    if hub.faults.redirects:
        location = _hop(hub.cdn_url, hub.faults.redirects - 1, location)
    return redirect(location, headers=about)


def _xet(hub: Hub, name: str, commit: str, file: HubFile) -> dict[str, str]:
    if not hub.faults.xet:
        return {}
    token_url = f"{hub.url}/api/models/{name}/xet-read-token/{commit}"
    return {"X-Xet-Hash": file.xet_hash, "Link": f'<{token_url}>; rel="xet-auth"'}


def _signed(hub: Hub, sha256: str, name: str) -> str:
    expires = f"{time.time() + hub.faults.url_ttl:.3f}"
    serial = hub.next_serial()
    query = {
        "response-content-disposition": f'inline; filename="{name}"',
        "Expires": expires,
        "Policy": f"policy-{serial}",
        "Signature": _signature(hub, sha256, expires),
        "Key-Pair-Id": "TEST",
    }
    return f"{hub.cdn_url}/repos/{sha256[:2]}/{sha256}?{urlencode(query)}"


def _signature(hub: Hub, sha256: str, expires: str) -> str:
    return hashlib.sha256(f"{hub.secret} {sha256} {expires}".encode()).hexdigest()


def answer_object(hub: Hub, request: Request, match: re.Match[str]) -> Answer:
    """Answer a request for a large file at the CDN, or refuse it."""
    sha256, query = match["sha256"], request.query
    expires = query.get("Expires", "0")
    if query.get("Signature") != _signature(hub, sha256, expires):
        raise Refusal(403, "", "The signature does not fit")
    if time.time() > float(expires):
        raise Refusal(403, "", "The signed address has expired")
    if hub.faults.url_uses and not hub.ledger.strike(query["Policy"], hub.faults.url_uses):
        raise Refusal(403, "", "The signed address was used up")
    file = hub.objects.get(sha256)
    if file is None:
        raise Refusal(404, "", "There is no such object")
    about = {} if hub.faults.bare_cdn else {"ETag": f'"{sha256}"', "Accept-Ranges": "bytes"}
    return body_answer(hub, request, file, about)


def _hop(origin: str, left: int, location: str) -> str:
    return f"{origin}/hop/{left}?{urlencode({'to': location})}"


def answer_hop(hub: Hub, request: Request, match: re.Match[str]) -> Answer:
    """Send the client one hop further, to the other origin, or at last to the file."""
    left, location = int(match["left"]), request.query["to"]
    if left == 0:
        return redirect(location)
    other = hub.url if request.origin == "cdn" else hub.cdn_url
    return redirect(_hop(other, left - 1, location))


def body_answer(hub: Hub, request: Request, file: HubFile, headers: dict[str, str]) -> Answer:
    """Return what was asked for of a file: all of it, a range, or that there is no such range."""
    size = file.size
    faults = hub.ledger.for_body(request, large=file.sha256 is not None)
    wanted = None if faults.ignore_range else parse_range(request.headers.get("range", ""), size)
    start, stop = wanted or (0, size)
    if wanted and start >= size:
        return Answer(status=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    if wanted:
        start = min(start + faults.shift_range, stop - 1)
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size + faults.wrong_size}"
    body = FileBody(file=file, start=start, stop=stop, excess=faults.wrong_size, faults=faults)
    return Answer(status=206 if wanted else 200, headers=headers, body=body, endless=faults.endless)


def parse_range(text: str, size: int) -> tuple[int, int] | None:
    """Return start and stop of a range of bytes, or `None` when the header does not ask for exactly one."""
    match = _RANGE.fullmatch(text)
    if match is None or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(int(last) + 1, size) if last else size
