"""Which proxy a request goes through, as the usual variables say. No IO."""

from __future__ import annotations

import base64
import ipaddress
from dataclasses import field
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from wansync.redaction import keep_secret
from wansync.sources.http.failures import MisconfiguredError
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Mapping

_DEFAULT_PORT = 80


@value_type(kw_only=False)
class Proxy:
    """A proxy.

    Args:
        host: its name or address.
        port: its port.
        authorization: the value of a `Proxy-Authorization` header; empty without credentials.
    """

    host: str
    port: int
    authorization: str = field(default="", repr=False)


def proxy_for(scheme: str, host: str, port: int, variables: Mapping[str, str]) -> Proxy | None:
    """Return the proxy for requests to an origin, or `None` for none.

    Args:
        scheme: `http` or `https`.
        host: of the origin, in lower case.
        port: of the origin.
        variables: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, whatever case they had.

    Raises:
        MisconfiguredError: the variable names no proxy that this client can use.
    """
    name = f"{scheme.upper()}_PROXY"
    name = name if variables.get(name) else "ALL_PROXY"
    text = variables.get(name, "").strip()
    if not text or _is_exempt(host, port, variables.get("NO_PROXY", "")):
        return None
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        where = (parts.hostname or "", parts.port or _DEFAULT_PORT)
    except ValueError:
        raise MisconfiguredError(f"{name} is no address of a proxy") from None
    if parts.scheme != "http" or not where[0]:
        raise MisconfiguredError(f"{name} names a proxy of a kind that files cannot come through; `http://` ones can")
    return Proxy(*where, _basic(parts.username, parts.password))


def _basic(user: str | None, password: str | None) -> str:
    if user is None:
        return ""
    pair = f"{unquote(user)}:{unquote(password or '')}"
    encoded = base64.b64encode(pair.encode()).decode("ascii")
    for secret in (password or "", unquote(password or ""), encoded):
        keep_secret(secret)
    return f"Basic {encoded}"


def _is_exempt(host: str, port: int, no_proxy: str) -> bool:
    """Return whether `NO_PROXY` has a host: `*`, a name with all below it, an address, a network, each with a port."""
    return any(_names(entry.strip().lower(), host.rstrip("."), port) for entry in no_proxy.split(",") if entry.strip())


def _names(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    bare, _, stated = entry.rpartition(":")
    if bare and stated.isdecimal() and (bare.count(":") == 0 or bare.endswith("]")):
        if int(stated) != port:
            return False
        entry = bare
    entry = entry.strip("[]")
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(entry, strict=False)
    except ValueError:
        name = entry.removeprefix("*").strip(".")
        return bool(name) and (host == name or host.endswith(f".{name}"))
