"""The routes below `/api`: questions about a repository, answered in JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlencode

from tests.support.hub import listings
from tests.support.hub.wire import Answer, Refusal, json_answer

if TYPE_CHECKING:
    from tests.support.hub.hub import Hub
    from tests.support.hub.listings import Entry
    from tests.support.hub.repository import Commit, HubRepository
    from tests.support.hub.wire import Request

MODEL = re.compile(r"/api/models/(?P<name>[^/]+/[^/]+)(?:/(?P<verb>[a-z-]+)(?:/(?P<rev>[^/]+)(?:/(?P<path>.*))?)?)?")
_PAGE, _EXPANDED_PAGE, _COMMITS_PAGE = 1000, 50, 50
_QUOTA = {"RateLimit": '"api";r=499;t=300', "RateLimit-Policy": '"fixed window";"api";q=500;w=300'}


def answer_api(hub: Hub, request: Request) -> Answer:
    """Answer a request below `/api`, or refuse it."""
    if request.route == "/api/whoami-v2":
        return _whoami(hub, request)
    match = MODEL.fullmatch(request.route)
    if match is None:
        raise Refusal(404, "", "Not found")
    repository = hub.find(unquote(match["name"]), request)
    if match["verb"] == "refs":
        return json_answer(listings.refs(repository, pull_requests="include_prs" in request.query))
    commit = find_commit(repository, unquote(match["rev"] or "main"))
    return _about_commit(hub, request, match, (repository, commit))


def _about_commit(hub: Hub, request: Request, match: re.Match[str], at: tuple[HubRepository, Commit]) -> Answer:
    repository, commit = at
    verb = match["verb"] or "revision"
    if verb == "revision":
        return json_answer(listings.model_info(repository, commit, blobs="blobs" in request.query), headers=_QUOTA)
    if verb == "tree":
        return _tree(hub, request, commit, unquote(match["path"] or ""))
    if verb == "commits":
        return _page(hub, request, listings.history(repository, commit), _COMMITS_PAGE)
    if verb == "paths-info":
        return _paths_info(hub, request, commit)
    raise Refusal(404, "", "Not found")


def find_commit(repository: HubRepository, revision: str) -> Commit:
    """Return the commit that a revision names, or refuse."""
    commit = repository.resolve(revision)
    if commit is None:
        raise Refusal(404, "RevisionNotFound", f"Invalid rev id: {revision}")
    return commit


def _whoami(hub: Hub, request: Request) -> Answer:
    if request.token is None:
        raise Refusal(401, "", "Invalid username or password.")
    name = "tester" if request.token == hub.token else "stranger"
    access = {"type": "access_token", "accessToken": {"displayName": "tests", "role": "read"}}
    return json_answer({"type": "user", "name": name, "orgs": [], "auth": access})


def _tree(hub: Hub, request: Request, commit: Commit, under: str) -> Answer:
    flags = {name: request.query.get(name) == "true" for name in ("recursive", "expand")}
    entries = listings.tree(commit, under, hub.faults, **flags)
    if under and not entries:
        raise Refusal(404, "EntryNotFound", f"{under} does not exist on this revision", {"X-Repo-Commit": commit.id})
    entries += [dict(entry) for entry in hub.faults.extra_entries]
    return _page(hub, request, entries, _EXPANDED_PAGE if flags["expand"] else _PAGE)


def _page(hub: Hub, request: Request, entries: list[Entry], size: int) -> Answer:
    start, size = int(request.query.get("cursor", "0")), hub.faults.page_size or size
    following = 0 if hub.faults.endless_pages else start + size
    headers = dict(_QUOTA)
    if following < len(entries):
        origin = hub.cdn_url if hub.faults.next_elsewhere else hub.url
        query = urlencode({**request.query, "cursor": following})
        headers["Link"] = f'<{origin}{request.route}?{query}>; rel="next"'
    return json_answer(entries[start : start + size], headers=headers)


def _paths_info(hub: Hub, request: Request, commit: Commit) -> Answer:
    form = parse_qs(request.body.decode())
    wanted, expand = set(form.get("paths", [])), form.get("expand") == ["true"]
    entries = listings.tree(commit, "", hub.faults, recursive=True, expand=expand)
    return json_answer([entry for entry in entries if entry["path"] in wanted], headers=_QUOTA)
