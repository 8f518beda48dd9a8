"""The saved plan: `wansync plan --out` writes the JSON document of the plan, and this reads it back. No IO.

Never trusted: it can come from another machine, another program or an editor. Only what it promises is read; what is
done follows from the lock and the disk.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wansync.documents import DocumentError, Table, parse_json
from wansync.errors import InvalidPlanError
from wansync.plan.content import PlanContent
from wansync.plan.verbs import ComponentVerb, FileVerb
from wansync.settings import LinkMode
from wansync.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wansync.digest import Digest

MAX_PLAN_BYTES = 64 * 2**20
"""A plan of 10,000 files takes about three megabytes."""
_VERSION = re.compile(r"([0-9]{1,6})\.[0-9]{1,6}")
_MAJOR = 1
_STAGED = {FileVerb.FETCH, FileVerb.RESUME, FileVerb.ADOPT, FileVerb.CHECK}


def read_saved(data: bytes, *, name: str) -> PlanContent:
    """Return what the document in `data` promises; `name` is how a message calls it.

    Raises:
        InvalidPlanError: it is no plan that was saved, of a version that this program does not know, or was edited.
    """
    try:
        table = Table(parse_json(data, limit=MAX_PLAN_BYTES))
        _check_version(table, name)
        if not table.has("actions") or not table.has("expires_with"):
            raise _invalid(name, "it is another document")
        content = _content(table)
        stated = table.table("expires_with").digest("state")
    except DocumentError as error:
        raise _invalid(name, f"{error.message}") from error
    if content.fingerprint != stated:
        raise _invalid(name, "it does not say what it said when it was saved")
    return content


def _check_version(table: Table, name: str) -> None:
    text = table.optional_string("format_version") or ""
    found = _VERSION.fullmatch(text)
    if found is None:
        raise _invalid(name, "it is another document")
    if int(found[1]) > _MAJOR:
        raise InvalidPlanError(
            f"`{printable(name)}` has the format {printable(text)}; this wansync knows {_MAJOR}",
            hint="Upgrade wansync, or make the plan with this one",
            file=printable(name),
            newer=True,
        )


def _content(table: Table) -> PlanContent:
    return PlanContent(
        store=table.string("store"),
        lock=table.table("lock").digest("sha256"),
        selection=table.strings("selection"),
        link_mode=_mode(table, "link_mode"),
        asked_mode=_mode(table, "link_mode_asked"),
        trees=dict(_trees(table)),
        stage=dict(_stage(table)),
        links=dict(_links(table)),
    )


def _mode(table: Table, key: str) -> LinkMode | None:
    return None if table.string(key) == "auto" else table.choice(key, LinkMode)


def _trees(table: Table) -> Iterator[tuple[str, str]]:
    for action in table.tables("actions"):
        if action.string("action") != ComponentVerb.REMOVE:
            yield action.string("id"), action.table("after").string("tree")


def _stage(table: Table) -> Iterator[tuple[Digest, FileVerb]]:
    for action in table.tables("actions"):
        for file in action.tables("files"):
            verb = file.choice("action", FileVerb)
            if verb in _STAGED:
                yield file.digest("sha256"), verb


def _links(table: Table) -> Iterator[tuple[str, frozenset[str] | None]]:
    for view in table.tables("views"):
        if view.integer("links"):
            yield view.string("view"), frozenset(view.strings("paths")) if view.has("paths") else None


def _invalid(name: str, why: str) -> InvalidPlanError:
    return InvalidPlanError(
        f"`{printable(name)}` is no saved plan that can be used: {printable(why)}",
        hint="Make it again with `wansync plan --out FILE`",
        file=printable(name),
    )
