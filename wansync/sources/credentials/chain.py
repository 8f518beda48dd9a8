"""The one answer to "what is sent to this origin", from all places, the strongest first."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from wansync.errors import NoKeyringError
from wansync.sources.credentials.logins import read_logins
from wansync.sources.credentials.names import spell_origin

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from wansync.sources.credential import Credential
    from wansync.sources.credentials.given import Given
    from wansync.sources.credentials.vault import Vault
    from wansync.sources.origins import WebOrigin


class Chain:
    """The credentials of one run; for all threads.

    Args:
        given: what the surroundings give.
        vault: the keyring.
        logins: the file that names the origins which the keyring is asked about.
        warn: told once why the keyring cannot be asked, as a sentence.
    """

    def __init__(
        self, given: Given, vault: Vault, logins: Path | None, warn: Callable[[str], None] = lambda _: None
    ) -> None:
        self._given = given
        self._vault = vault
        self._logins = logins
        self._warn = warn
        self._lock = threading.Lock()
        self._found: dict[WebOrigin, Credential | None] = {}
        self._kept: dict[WebOrigin, Credential | None] = {}
        self._broken: NoKeyringError | None = None

    def find(self, web: WebOrigin) -> Credential | None:
        """Return what is sent to an origin, the same for the whole run until it is renewed.

        Raises:
            AuthFailError: what was named for it cannot be read, or is no token.
        """
        with self._lock:
            if web not in self._found:
                self._found[web] = self._look(web)
            return self._found[web]

    def renew(self, web: WebOrigin) -> Credential | None:
        """Look again, since a token may have been renewed; raises as `find`. The keyring is not asked again."""
        with self._lock:
            self._found[web] = self._look(web)
            return self._found[web]

    def _look(self, web: WebOrigin) -> Credential | None:
        return self._given.explicit(web) or self._of_keyring(web) or self._given.ambient(web)

    def _of_keyring(self, web: WebOrigin) -> Credential | None:
        if self._broken or web not in read_logins(self._logins):
            return None
        if web not in self._kept:
            try:
                self._kept[web] = self._vault.find(web)
            except NoKeyringError as error:
                self._broken = error
                self._warn(f"The keyring is not asked for the token of {spell_origin(web)}: {error.facts['cause']}")
                return None
        return self._kept[web]
