"""Where the files of one source are: below its URL, or wherever a variable or a command says.

An address may grant access to whoever has it, so it is a `SecretUrl` from the moment on that it is known.
"""

from __future__ import annotations

import ipaddress
import threading
import time
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from wansync.digest import Digest
from wansync.errors import UsageError
from wansync.settings.urls import UrlRule
from wansync.sources.http import SecretUrl
from wansync.sources.https.command import run_command
from wansync.sources.https.rules import variable_of
from wansync.sources.origins import has_user, origin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wansync.manifest import SourceRef

_PLACE = "{path}"


class Addresses:
    """The addresses of the files of one source; for all threads.

    Args:
        ref: the source.
        source: the same for people.
        rule: what the user says of it.
        variables: the environment.
    """

    def __init__(self, ref: SourceRef, source: str, rule: UrlRule | None, variables: Mapping[str, str]) -> None:
        rule = rule or UrlRule()
        self._ref = ref
        self._source = source
        self._command = rule.command
        self.variable = None if rule.command else rule.variable or variable_of(ref)
        self._plain_http = rule.plain_http
        self._variables = variables
        self._turn = threading.Lock()
        self._turns: dict[str, threading.Lock] = {}
        self._known: dict[str, tuple[SecretUrl, float]] = {}

    @property
    def expire(self) -> bool:
        """Whether asking for an address again may give another one."""
        return bool(self._command)

    @property
    def host(self) -> str:
        """The host and port of the server, as far as they are known before it is asked."""
        try:
            _, host, port = origin(self._base())
        except (UsageError, ValueError):
            return self._ref.location
        return f"{host}:{port}"

    def place(self, path: str) -> str:
        """Return what stands for the place of a file, and says nothing about it: of its address without the query."""
        parts = urlsplit(self.of(path, again=False).reveal)
        return Digest.of(f"{parts.scheme}://{parts.netloc}{parts.path}".encode("utf-8", "surrogatepass")).hex

    def of(self, path: str, *, again: bool) -> SecretUrl:
        """Return the address of a file; `again` when the last one works no longer.

        Raises:
            UsageError: the variable is not set, or an address is none that may be asked.
            SourceFailError: the command gives none.
        """
        if not self._command:
            return self._checked(_below(self._base(), path))
        begun = time.monotonic()
        with self._turn:
            turn = self._turns.setdefault(path, threading.Lock())
        with turn:
            known, since = self._known.get(path, (None, 0.0))
            # Who has waited for another one's command takes what that has printed.
            if known is None or (again and since <= begun):
                known = self._checked(run_command(self._command, path, self._source))
                self._known[path] = known, time.monotonic()
            return known

    def _base(self) -> str:
        if self.variable is None:
            scheme = "http" if self._plain_http else "https"
            return f"{scheme}:{self._ref.location}"
        text = self._variables.get(self.variable, "").strip()
        if not text:
            raise UsageError(
                f"The variable {self.variable}, which holds the URL of `{self._source}`, is not set",
                hint=f"Set {self.variable} to the URL below which the files are, or to that of the file",
                variable=self.variable,
            )
        return text

    def _checked(self, url: str) -> SecretUrl:
        """Return an address that may be asked; nothing of another is shown, for it may be a secret of any kind."""
        what = f"The URL of `{self._source}`" + (f" in {self.variable}" if self.variable else "")
        try:
            scheme, host, _ = origin(url)
        except ValueError:
            raise UsageError(f"{what} is no URL of the web", hint="Write it as `https://host/dir`") from None
        if has_user(url) or not url.isprintable():
            raise UsageError(f"{what} names a user", hint="Leave out what stands before the `@`") from None
        if scheme == "http" and not (self._plain_http or _is_this_machine(host)):
            raise UsageError(
                f"{what} is not encrypted: it begins with `http:`",
                hint="Write `https:`, or allow it by `plain_http = true` for this source in your `config.toml`",
            )
        return SecretUrl(url.partition("#")[0])


def _below(base: str, path: str) -> str:
    """Return the URL of a file: where the base says `{path}`, else below it, before its query.

    A base that ends in the path is the URL of that very file.
    """
    quoted = quote(path)
    if _PLACE in base:
        return base.replace(_PLACE, quoted)
    try:
        parts = urlsplit(base)
    except ValueError:
        return base  # which is refused
    if unquote(parts.path).endswith(f"/{path}"):
        return base
    return parts._replace(path=f"{parts.path.rstrip('/')}/{quoted}").geturl()


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
