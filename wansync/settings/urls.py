"""`[https."host/dir"]` of the user's settings: how a source is reached whose URLs are secret, or not encrypted. No IO.

Never of a project's: a checkout may be a stranger's, and this names commands to run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.value_types import value_type

if TYPE_CHECKING:
    from wansync.documents import Table

SECTION = "https"
_KEYS = ("url_env", "url_command", "plain_http")


@value_type
class UrlRule:
    """What the user says of one source.

    Args:
        variable: holds its URL.
        command: prints the URL of a file; its words, of which `{path}` is the file's path, else that is one more.
        plain_http: whether it may be asked without encryption.
    """

    variable: str | None = None
    command: tuple[str, ...] = ()
    plain_http: bool = False


def parse_url_rules(table: Table) -> dict[str, UrlRule]:
    """Return the rules of a settings file, by the source as it is written less `https://`, or `$NAME`.

    Raises:
        DocumentError: one has an unknown key, a value of another type, or contradicts itself.
    """
    rules = table.optional_table(SECTION)
    for name in rules.names():
        if "://" in name or "?" in name or "@" in name:
            # Not shown: it may hold a secret.
            raise table.error(SECTION, "a name in it is no host and path", fix='Write `[https."host/dir"]`')
    return {name.rstrip("/"): _rule(rules.table(name)) for name in rules.names()}


def _rule(table: Table) -> UrlRule:
    rule = UrlRule(
        variable=table.optional_string("url_env"),
        command=table.strings("url_command"),
        plain_http=table.boolean("plain_http") if table.has("plain_http") else False,
    )
    table.finish(_KEYS)
    if table.has("url_command") and not (rule.command and rule.command[0]):
        raise table.error("url_command", "it names no command", fix='Write such as `["presign", "{path}"]`')
    if rule.variable is not None and rule.command:
        raise table.error("url_env", "it does not go with `url_command`", fix="Leave out one of the two")
    return rule
