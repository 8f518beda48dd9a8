"""The credentials of one run. Light: what finds them is loaded with the first question, which a local run never has."""

from __future__ import annotations

import threading
from dataclasses import field
from typing import TYPE_CHECKING

from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from wansync.sources.credential import Credential
    from wansync.sources.credentials.chain import Chain
    from wansync.sources.credentials.given import Given
    from wansync.sources.origins import WebOrigin

HUB = "https://huggingface.co"


def _silent(_: str) -> None:
    """Say nothing."""


@value_type
class Places:
    """Where this run may look.

    Args:
        variables: those of the environment that hold or name a credential; never shown.
        home: the user's home; `None` where there is none.
        logins: the file that names the origins with a token in the keyring; `None` where there is none.
        hub_endpoint: the base URL of the Hub; `None` is the public one.
        warn: told of what is there and cannot be used.
    """

    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    home: Path | None = None
    logins: Path | None = None
    hub_endpoint: str | None = None
    warn: Callable[[str], None] = _silent

    @property
    def hub(self) -> WebOrigin | None:
        """The origin of the Hub; `None` where the endpoint is no URL, which its source says."""
        from wansync.sources.origins import origin  # noqa: PLC0415 (see above)

        try:
            return origin(self.hub_endpoint or HUB)
        except ValueError:
            return None

    def given(self) -> Given:
        """Return what the surroundings give."""
        from wansync.sources.credentials.given import Given  # noqa: PLC0415 (see above)

        return Given(self.variables, self.home, self.hub, self.warn)


class CredentialsOfRun:
    """The credentials of one run; for all threads and sources.

    Args:
        places: where it may look.
    """

    def __init__(self, places: Places) -> None:
        self.places = places
        self._lock = threading.Lock()
        self._chain: Chain | None = None

    def find(self, url: str) -> Credential | None:
        """Return what is sent to the origin that a URL leads to; see `Chain.find`."""
        web = self._origin(url)
        return self._get().find(web) if web else None

    def renew(self, url: str) -> Credential | None:
        """Look again; see `Chain.renew`."""
        web = self._origin(url)
        return self._get().renew(web) if web else None

    def _origin(self, url: str) -> WebOrigin | None:
        from wansync.sources.origins import origin  # noqa: PLC0415 (see above)

        try:
            return origin(url)
        except ValueError:
            return None

    def _get(self) -> Chain:
        from wansync.sources.credentials.chain import Chain  # noqa: PLC0415 (see above)
        from wansync.sources.credentials.vault import Vault  # noqa: PLC0415

        with self._lock:
            if self._chain is None:
                self._chain = Chain(self.places.given(), Vault(), self.places.logins, self.places.warn)
            return self._chain
