"""What the surroundings of a run give: tokens in variables, in mounted files, in the Hub's token file, and netrc.

Reads files each time it is asked, since who mounts a file may renew it. Writes nothing.
"""

from __future__ import annotations

import contextlib
import netrc
import os
from pathlib import Path
from typing import TYPE_CHECKING

from wansync.errors import AuthFailError
from wansync.sources.credential import Credential, Place, PlaceKind
from wansync.sources.credentials.names import (
    SYSTEMD_PREFIX,
    VARIABLE,
    file_name,
    host_of_variable,
    origin_of_file,
    spell_origin,
    variable_names,
)
from wansync.sources.origins import is_loopback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from wansync.sources.origins import WebOrigin

_HUB_VARIABLES = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
_MAX_BYTES = 2**16
_OTHERS = 0o077


class Given:
    """The credentials that variables hold or name.

    Args:
        variables: those of the environment that matter here; see `surroundings.servers`.
        home: the user's; `None` where there is none.
        hub: the origin of the Hub of this run, for which the variables of its client are meant.
        warn: told of what is there and cannot be used, as a sentence without a secret.
    """

    def __init__(
        self,
        variables: Mapping[str, str],
        home: Path | None,
        hub: WebOrigin | None,
        warn: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._variables = variables
        self._home = home
        self._hub = hub
        self._warn = warn

    def explicit(self, web: WebOrigin) -> Credential | None:
        """Return what a variable or a mounted file has for an origin.

        Raises:
            AuthFailError: it cannot be read, or is no token.
        """
        for name, text in self._of_variables(web):
            return _credential(text, Place(PlaceKind.VARIABLE, name), web)
        for path in self._mounted(web):
            if (found := _token_of(path, PlaceKind.FILE, web)) is not None:
                return found
        return None

    def ambient(self, web: WebOrigin) -> Credential | None:
        """Return what other programs keep for an origin: the Hub's token file, for others netrc.

        Raises:
            AuthFailError: the token file cannot be read, or has no token.
        """
        if web == self._hub:
            path = self._token_file()
            return _token_of(path, PlaceKind.TOKEN_FILE, web) if path else None
        return self._of_netrc(web)

    def origins(self) -> Iterator[WebOrigin]:
        """Yield the origins that something is given for, as far as names tell."""
        for name in self._variables:
            if name.upper().startswith(VARIABLE) and (web := host_of_variable(name.upper())):
                yield ("http", *web[1:]) if is_loopback(web[1]) else web
        for folder, prefix in self._folders():
            with contextlib.suppress(OSError):
                for entry in sorted(folder.iterdir()):
                    named = entry.name.startswith(prefix)
                    if named and (web := origin_of_file(entry.name.removeprefix(prefix))):
                        yield web
        for host in self._netrc_hosts():
            yield ("https", host.lower(), 443)

    def _of_variables(self, web: WebOrigin) -> Iterator[tuple[str, str]]:
        names = variable_names(web)
        for name, text in self._variables.items():
            if name.upper() in names and text.strip():
                yield name, text
        for name in _HUB_VARIABLES if web == self._hub else ():
            if text := self._variables.get(name, "").strip():
                yield name, text

    def _mounted(self, web: WebOrigin) -> Iterator[Path]:
        name = file_name(web)
        for folder, prefix in self._folders() if name else ():
            yield folder / f"{prefix}{name}"
        if web == self._hub and (named := self._variables.get("HF_TOKEN_PATH")):
            yield self._expanded(named)

    def _folders(self) -> Iterator[tuple[Path, str]]:
        if own := self._variables.get("WANSYNC_CREDENTIALS_DIR"):
            yield self._expanded(own), ""
        if service := self._variables.get("CREDENTIALS_DIRECTORY"):
            yield Path(service), SYSTEMD_PREFIX

    def _token_file(self) -> Path | None:
        """Return where the Hub's client keeps its token."""
        if hub_home := self._variables.get("HF_HOME"):
            return self._expanded(hub_home) / "token"
        if cache := self._variables.get("XDG_CACHE_HOME"):
            return self._expanded(cache) / "huggingface" / "token"
        return self._home / ".cache" / "huggingface" / "token" if self._home else None

    def _of_netrc(self, web: WebOrigin) -> Credential | None:
        scheme, host, port = web
        if scheme != "https" and not is_loopback(host):
            # netrc cannot say for which scheme a password was given, so it does not go over a line in the clear.
            return None
        found = self._netrc()
        if found is None:
            return None
        path, parsed = found
        # Hosts are the same in capitals; `default` is for whoever asks, which is no host that somebody named.
        named = {name.lower(): entry for name, entry in parsed.hosts.items() if name != _DEFAULT}
        entry = named.get(f"{host}:{port}") or named.get(host)
        if not entry or not entry[2]:
            return None
        return Credential.basic(entry[0] or "", entry[2], Place(PlaceKind.NETRC, str(path)))

    def _netrc_hosts(self) -> Iterator[str]:
        found = self._netrc()
        for host in found[1].hosts if found else ():
            if host != _DEFAULT and ":" not in host:
                yield host

    def _netrc(self) -> tuple[Path, netrc.netrc] | None:
        named = self._variables.get("NETRC")
        path = self._expanded(named) if named else self._home / _NETRC if self._home else None
        if path is None or not _is_file(path):
            return None
        if not named and _is_open_to_others(path):
            # As `ftp` and Python do; a file that NETRC names may be a mounted one, whose mode is not the user's.
            self._warn(f"`{path}` is not used: others than its owner may read it (`chmod 600` helps)")
            return None
        try:
            return path, netrc.netrc(path)
        except (OSError, UnicodeDecodeError, netrc.NetrcParseError):
            # Its words can be a password.
            self._warn(f"`{path}` is not used: it cannot be read as netrc")
            return None

    def _expanded(self, text: str) -> Path:
        if self._home and (text == "~" or text.startswith("~/")):
            return self._home / text[2:]
        return Path(text)


_DEFAULT = "default"
_NETRC = "_netrc" if os.name == "nt" else ".netrc"


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False


def _is_open_to_others(path: Path) -> bool:
    if os.name != "posix":
        return False
    status = path.stat()
    return bool(status.st_mode & _OTHERS) or status.st_uid not in {os.getuid(), 0}


def _token_of(path: Path, kind: PlaceKind, web: WebOrigin) -> Credential | None:
    """Return the token that a file holds; `None` where there is no file, or nothing in it.

    Raises:
        AuthFailError: it cannot be read, or is no token.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(_MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise AuthFailError(
            f"The token for `{spell_origin(web)}` cannot be read from `{path}`: {error.strerror}",
            hint="Make the file readable for this user, or name another one",
            origin=spell_origin(web),
        ) from None
    # With the mark that editors of Windows put before a text.
    text = data.decode("utf-8-sig", "replace").strip()
    return _credential(text, Place(kind, str(path)), web) if text else None


def _credential(text: str, place: Place, web: WebOrigin) -> Credential:
    try:
        return Credential.bearer(text.replace("\r", "").replace("\n", "").strip(), place)
    except ValueError:
        raise AuthFailError(
            f"The token for `{spell_origin(web)}` in the {place.kind} `{place.name}` is malformed: "
            "it has characters that no token has",
            hint=f"Correct the {place.kind} `{place.name}`",
            token_sent=False,
            origin=spell_origin(web),
        ) from None
