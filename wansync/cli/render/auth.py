"""Text of `wansync auth`."""

from __future__ import annotations

from wansync.cli.console import note, result
from wansync.cli.render.table import table_lines
from wansync.ops.auth import AuthReport, OriginTokens

_HEAD = ("ORIGIN", "TOKEN FROM", "NOTE")


def render_auth(report: AuthReport) -> None:
    """Print what the command did, and where the token for each origin would come from."""
    if report.login:
        note(f"Logged in to {report.login}: its token is in the keyring ({report.keyring})")
    if report.logout:
        note(f"Logged out of {report.logout}: its token is no longer in the keyring")
    rows = [(row.origin, str(row.place) if row.place else "nowhere", _remark(row)) for row in report.origins]
    for line in table_lines(_HEAD, rows):
        result(line)
    if report.no_keyring:
        note(f"The keyring cannot be used: {report.no_keyring}")


def _remark(row: OriginTokens) -> str:
    if row.problem:
        return row.problem
    if row.accepted:
        return f"accepted, of {row.account}"
    if row.login and row.place and row.place.kind != "keyring":
        return "wins over the keyring"
    return ""
