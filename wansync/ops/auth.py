"""`wansync auth`: keep a token in the keyring, forget it, and say where tokens would come from. Never shows one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wansync.errors import AuthFailError, NoKeyringError, UsageError
from wansync.project import write_atomic
from wansync.redaction import keep_secret
from wansync.sources import check_hub_token
from wansync.sources.credential import Place
from wansync.sources.credentials.chain import Chain
from wansync.sources.credentials.logins import logins_document, logins_held, read_logins
from wansync.sources.credentials.names import parse_origin, spell_origin
from wansync.sources.credentials.vault import LONG_PATIENCE, Vault, service_name
from wansync.text import mask_secrets, printable
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from wansync.project import Workspace
    from wansync.sources.origins import WebOrigin

FORMAT_VERSION = "1.0"


@value_type
class OriginTokens:
    """What would be sent to one origin.

    Args:
        origin: such as `https://host`.
        place: where its token would come from; `None` where nothing would be sent.
        login: whether somebody logged in to it.
        problem: why what is there cannot be used.
        account: whose token it is, where that was checked.
        accepted: whether the origin takes it, where that was checked.
    """

    origin: str
    place: Place | None = None
    login: bool = False
    problem: str | None = None
    account: str | None = None
    accepted: bool | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form."""
        place = self.place
        return {
            "origin": self.origin,
            "place": {"kind": str(place.kind), "name": place.name} if place else None,
            "login": self.login,
            "problem": self.problem,
            "account": self.account,
            "accepted": self.accepted,
        }


@value_type
class AuthReport:
    """Where tokens would come from, after the command.

    Args:
        keyring: what the keyring is called; `None` where there is none that keeps secrets.
        no_keyring: why there is none.
        origins: those that something is known of.
        login: the origin that the command logged in to.
        logout: the origin whose token it removed.
    """

    keyring: str | None
    no_keyring: str | None
    origins: tuple[OriginTokens, ...]
    login: str | None = None
    logout: str | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the JSON form described by `schemas/auth.schema.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "keyring": self.keyring,
            "no_keyring": self.no_keyring,
            "origins": [origin.to_dict() for origin in self.origins],
            "login": self.login,
            "logout": self.logout,
        }


def auth_login(workspace: Workspace, name: str | None, ask: Callable[[str], str]) -> AuthReport:
    """Keep a token for an origin in the keyring.

    Args:
        workspace: the run.
        name: the origin; the Hub when it is not given.
        ask: returns the token, given the origin; it is asked once it is sure that there is a keyring.

    Raises:
        NoKeyringError: there is no keyring that keeps secrets, or it does not answer.
        UsageError: the name is no origin, or what was given is no token.
    """
    web, path = _origin(workspace, name), _logins(workspace)
    vault = Vault(LONG_PATIENCE)
    vault.name(web)
    # A pipe may have the mark that programs of Windows put before a text.
    token = ask(spell_origin(web)).removeprefix("\ufeff").strip()
    keep_secret(token)
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError(
            "What was given is no token: it is empty, or has characters that no token has",
            hint="Copy the token alone, without quotes; it can also come through a pipe",
        )
    vault.put(web, token)
    with logins_held(path):
        write_atomic(path, logins_document({*read_logins(path), web}))
    return replace(_report(workspace, [web], vault), login=spell_origin(web))


def auth_logout(workspace: Workspace, name: str | None) -> AuthReport:
    """Remove the token of an origin (the Hub unless named) from the keyring; nothing is done where there is none.

    Raises:
        NoKeyringError: the keyring cannot be asked.
        UsageError: the name is no origin.
    """
    web, path = _origin(workspace, name), _logins(workspace)
    vault = Vault(LONG_PATIENCE)
    removed = _removed(vault, web)
    with logins_held(path):
        known = set(read_logins(path))
        if web in known:
            write_atomic(path, logins_document(known - {web}))
    report = _report(workspace, [web], vault)
    return replace(report, logout=spell_origin(web)) if removed else report


def auth_status(workspace: Workspace, name: str | None = None, *, check: bool = False) -> AuthReport:
    """Return where the token for each origin would come from.

    Args:
        workspace: the run.
        name: one origin; all of which something is known when it is not given.
        check: ask the Hub whose token it gets.

    Raises:
        UsageError: the name is no origin.
        WansyncError: the Hub cannot be asked.
    """
    hub = _origin(workspace, None)
    if name is not None:
        return _report(workspace, [_origin(workspace, name)], Vault(), check=check)
    places = workspace.credentials.places
    known = {*read_logins(places.logins), *places.given().origins()}
    return _report(workspace, [hub, *sorted(known - {hub})], Vault(), check=check)


def _removed(vault: Vault, web: WebOrigin) -> bool:
    try:
        return vault.remove(web)
    except NoKeyringError as error:
        raise NoKeyringError(
            error.reason,
            hint=f"Unlock the keyring, or remove `{service_name(web)}` with a program of your system if it is in one; "
            "`wansync auth` says what else would be sent, which is removed where it stands",
            **error.facts,
        ) from None


def _report(workspace: Workspace, origins: Iterable[WebOrigin], vault: Vault, *, check: bool = False) -> AuthReport:
    title = problem = None
    try:
        title = vault.name()
    except NoKeyringError as error:
        problem = str(error.facts["cause"])
    return AuthReport(
        keyring=title,
        no_keyring=problem,
        origins=tuple(_tokens(workspace, web, vault, check=check) for web in origins),
    )


def _tokens(workspace: Workspace, web: WebOrigin, vault: Vault, *, check: bool) -> OriginTokens:
    places = workspace.credentials.places
    problems: list[str] = []
    said = OriginTokens(origin=spell_origin(web), login=web in read_logins(places.logins))
    try:
        found = Chain(replace(places, warn=problems.append).given(), vault, places.logins, problems.append).find(web)
    except AuthFailError as error:
        return replace(said, problem=error.reason)
    said = replace(
        said,
        place=found.place if found and isinstance(found.place, Place) else None,
        problem=problems[0] if problems else None,
    )
    if not (check and found and web == places.hub):
        return said
    try:
        return replace(said, account=printable(check_hub_token(workspace.access)), accepted=True)
    except AuthFailError as error:
        return replace(said, problem=error.reason, accepted=False)


def _origin(workspace: Workspace, name: str | None) -> WebOrigin:
    hub = workspace.credentials.places.hub
    if name is None:
        if hub is None:
            raise UsageError("HF_ENDPOINT is no URL", hint="Write it as `https://host`, or unset it")
        return hub
    try:
        web = parse_origin(name)
    except ValueError:
        # Not shown: what is too much can be a password.
        raise UsageError(
            "That is no origin: it has a path, a user or something else beside scheme, host and port",
            hint="Write the host, such as `models.example.com`, or `https://models.example.com:8443`",
        ) from None
    if mask_secrets(name) != name:
        raise UsageError(
            "A token is no argument: other programs of this machine could read it there",
            hint="Write `wansync auth login` and give the token when it is asked for, and revoke that one",
        )
    return web


def _logins(workspace: Workspace) -> Path:
    path = workspace.credentials.places.logins
    if path is None:
        raise UsageError("This user has no home directory", hint="Set HF_TOKEN, or name a file in HF_TOKEN_PATH")
    return path
