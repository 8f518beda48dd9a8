"""The keyring of the user's system, through the `keyring` library, which is loaded when it is asked and not before.

What keeps secrets in plain text, or keeps none, is refused: nobody who logs in expects that. Every call has a time
limit, since a keyring may wait for somebody who unlocks it.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from typing import TYPE_CHECKING, Any, TypeVar

from wansync.errors import NoKeyringError
from wansync.sources.credential import Credential, Place, PlaceKind
from wansync.sources.credentials.names import VARIABLE, spell_origin, variable_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wansync.sources.origins import WebOrigin

_T = TypeVar("_T")
PATIENCE = 5.0
"""Seconds that a run waits, where nobody may be there to unlock a keyring."""
LONG_PATIENCE = 120.0
"""Seconds that a command waits whose user is there."""
_USER = "token"
_REFUSED = {
    "keyring.backends.fail": "there is none on this system",
    "keyring.backends.null": "it is switched off",
    "keyrings.alt": "it would keep secrets in plain text, or nearly",
}
_NOT_INSTALLED = "the library `keyring` is not installed (`pip install 'wansync[keyring]'`)"


class Vault:
    """The keyring, for the origins that somebody logged in to.

    Args:
        patience: seconds that a call may take.
        backend: returns the keyring, for tests; the library's own choice when it is not given.
    """

    def __init__(self, patience: float = PATIENCE, backend: Callable[[], Any] | None = None) -> None:
        self._patience = patience
        self._backend = backend or _installed
        self._silent = False

    def name(self, web: WebOrigin | None = None) -> str:
        """Return what the keyring is called.

        Args:
            web: the origin that somebody wants to log in to, for the hint.

        Raises:
            NoKeyringError: there is none that keeps secrets.
        """
        return self._timed(lambda: _title(self._usable(web)), web)

    def find(self, web: WebOrigin) -> Credential | None:
        """Return the token of an origin, if the keyring has one.

        Raises:
            NoKeyringError: it cannot be asked.
        """

        def ask() -> tuple[str | None, str]:
            backend = self._usable(web)
            return backend.get_password(service_name(web), _USER), _title(backend)

        token, title = self._timed(ask, web)
        if not token:
            return None
        try:
            return Credential.bearer(token.strip(), Place(PlaceKind.KEYRING, title))
        except ValueError:
            raise _refusal("what it has is no token", web) from None

    def put(self, web: WebOrigin, token: str) -> None:
        """Keep a token, and prove that it is kept.

        Raises:
            NoKeyringError: the keyring does not keep it.
        """

        def keep() -> bool:
            backend = self._usable(web)
            backend.set_password(service_name(web), _USER, token)
            return bool(backend.get_password(service_name(web), _USER) == token)

        if not self._timed(keep, web):
            raise _refusal("it does not keep what it is given", web)

    def remove(self, web: WebOrigin) -> bool:
        """Forget the token of an origin, and return whether there was one.

        Raises:
            NoKeyringError: the keyring cannot be asked.
        """

        def forget() -> bool:
            backend = self._usable(web)
            if backend.get_password(service_name(web), _USER) is None:
                return False
            backend.delete_password(service_name(web), _USER)
            return True

        return self._timed(forget, web)

    def _usable(self, web: WebOrigin | None) -> Any:  # noqa: ANN401 (the library has no types)
        """Return the keyring, or the first of several, that is none of those that are refused."""
        chosen = self._backend()
        candidates = list(getattr(chosen, "backends", None) or [chosen])
        for backend in candidates:
            if not _why_not(backend):
                return backend
        raise _refusal(_why_not(candidates[0]), web)

    def _timed(self, call: Callable[[], _T], web: WebOrigin | None) -> _T:
        """Return what a call returns; a thread that does not come back is left behind, and no other one sent after."""
        silence = f"it did not answer within {self._patience:g} s; it may wait to be unlocked"
        if self._silent:
            raise _refusal(silence, web)
        answers: queue.SimpleQueue[tuple[_T | None, BaseException | None]] = queue.SimpleQueue()

        def work() -> None:
            try:
                answers.put((call(), None))
            except BaseException as error:  # noqa: BLE001 (handed over)
                answers.put((None, error))

        threading.Thread(target=work, name="keyring", daemon=True).start()
        try:
            value, error = answers.get(timeout=self._patience)
        except queue.Empty:
            self._silent = True
            raise _refusal(silence, web) from None
        if error is None:
            return value  # type: ignore[return-value]
        if isinstance(error, NoKeyringError):
            raise error
        # The library's own words, and those of the systems behind it, are not shown.
        raise _refusal(_WORDS.get(type(error).__name__, f"it failed ({type(error).__name__})"), web)


_WORDS = {"KeyringLocked": "it is locked", "NoKeyringError": "there is none on this system"}


def _installed() -> Any:  # noqa: ANN401
    try:
        import keyring  # noqa: PLC0415 (optional, and slow to load)
    except ImportError:
        raise _refusal(_NOT_INSTALLED, None) from None
    return keyring.get_keyring()


def _why_not(backend: Any) -> str:  # noqa: ANN401
    kind = type(backend)
    for prefix, reason in _REFUSED.items():
        if kind.__module__ == prefix or kind.__module__.startswith(f"{prefix}."):
            return reason
    return _REFUSED["keyrings.alt"] if "plaintext" in kind.__name__.lower() else ""


def _title(backend: Any) -> str:  # noqa: ANN401
    with contextlib.suppress(Exception):
        return str(backend.name)
    return type(backend).__name__


def service_name(web: WebOrigin) -> str:
    """Return what the token of an origin is called in the keyring."""
    return f"wansync {spell_origin(web)}"


def _refusal(reason: str, web: WebOrigin | None) -> NoKeyringError:
    return NoKeyringError(
        f"The keyring cannot be used: {reason}",
        hint=f"Instead set {_variable(web)}, or put the token into a file that others cannot read and name it "
        f"(HF_TOKEN_PATH for the Hub, a directory in WANSYNC_CREDENTIALS_DIR for all), or install "
        f"`wansync[keyring]` on a system with a keyring and unlock it",
        cause=reason,
        origin=spell_origin(web) if web else None,
    )


def _variable(web: WebOrigin | None) -> str:
    names: Iterable[str] = variable_names(web) if web else ()
    return next(iter(names), f"HF_TOKEN for the Hub, or {VARIABLE}<HOST>")
