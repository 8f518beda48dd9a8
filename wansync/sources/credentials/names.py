"""How an origin is spelled: for people, as the rest of a variable's name, and as the name of a file. No IO."""

from __future__ import annotations

import ipaddress
import re

from wansync.sources.origins import PORTS, WebOrigin, has_user, is_loopback, origin

VARIABLE = "WANSYNC_TOKEN_"
"""What the names of variables with a token begin with; the host follows."""
SYSTEMD_PREFIX = "wansync."
"""In systemd's directory the credentials of other programs are, too."""
_PLAIN = re.compile(r"[a-z0-9.-]+")


def spell_origin(web: WebOrigin) -> str:
    """Return `https://host`, with the port where it is not that of the scheme."""
    scheme, host, port = web
    bare = f"[{host}]" if ":" in host else host
    return f"{scheme}://{bare}" + ("" if port == PORTS[scheme] else f":{port}")


def parse_origin(text: str) -> WebOrigin:
    """Return the origin that a person names: `https://host:port`, or `host` alone for https.

    Raises:
        ValueError: it is none, or has more than an origin: a path, a query, a name of a user.
    """
    url = text if "://" in text else f"https://{text}"
    found = origin(url)
    rest = url.partition("://")[2].partition("/")[2]
    if has_user(url) or rest or "?" in url or "#" in url:
        raise ValueError("more than an origin")
    return found


def host_of_variable(name: str) -> WebOrigin | None:
    """Return the origin that `WANSYNC_TOKEN_<HOST>` is for; `None` where the name has no host.

    As in Terraform's variables `_` is a dot and `__` a hyphen. A number behind the host is the port, since the last
    part of a host is none unless all of it is an address. `http` is for addresses of this machine alone.
    """
    spelled = name.removeprefix(VARIABLE).lower()
    host = spelled.replace("__", "-").replace("_", ".")
    if not spelled or not _PLAIN.fullmatch(host):
        return None
    labels = host.split(".")
    port = PORTS["https"]
    if labels[-1].isdecimal() and not _is_address(host):
        host, port = ".".join(labels[:-1]), int(labels[-1])
    try:
        return origin(f"https://{host}:{port}")
    except ValueError:
        return None


def variable_names(web: WebOrigin) -> tuple[str, ...]:
    """Return the variables that can have the token of an origin, in upper case."""
    scheme, host, port = web
    if not _PLAIN.fullmatch(host) or (scheme == "http" and not is_loopback(host)):
        return ()
    spelled = host.replace("-", "__").replace(".", "_")
    if scheme == "https" and port == PORTS["https"]:
        return (f"{VARIABLE}{spelled.upper()}",)
    return (f"{VARIABLE}{spelled.upper()}_{port}",)


def file_name(web: WebOrigin) -> str | None:
    """Return the name of the file that can have the token of an origin; `None` where its host cannot be one.

    `host` is for https, `host_8443` with a port; `http_host` and `http_host_8080` are for http. A host with an
    underscore could be read in two ways, so it has none.
    """
    scheme, host, port = web
    if not _PLAIN.fullmatch(host):
        return None
    name = host if port == PORTS[scheme] else f"{host}_{port}"
    return name if scheme == "https" else f"http_{name}"


def origin_of_file(name: str) -> WebOrigin | None:
    """Return the origin whose token a file of this name has, if it can have one."""
    scheme = "http" if name.startswith("http_") else "https"
    host, _, port = name.removeprefix("http_").partition("_")
    try:
        web = origin(f"{scheme}://{host}:{port or PORTS[scheme]}")
    except ValueError:
        return None
    return web if file_name(web) == name else None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
