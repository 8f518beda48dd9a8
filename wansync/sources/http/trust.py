"""Which certificates are trusted: the system's, or those that a variable names."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING

from wansync.sources.http.failures import MisconfiguredError
from wansync.sources.http.wire import QuietTls
from wansync.surroundings.servers import AWS_CERTIFICATES, CERTIFICATE_DIRECTORY, CERTIFICATE_FILE, CERTIFICATE_FILES

if TYPE_CHECKING:
    from collections.abc import Mapping


def trust(variables: Mapping[str, str]) -> ssl.SSLContext:
    """Return what checks certificates.

    `SSL_CERT_FILE` and `SSL_CERT_DIR` count together; without them `REQUESTS_CA_BUNDLE` or `CURL_CA_BUNDLE`, whichever
    comes first, each a file or a directory; without any the system's certificates. `AWS_CA_BUNDLE`, which only
    connections to S3 are given, counts alone.

    Raises:
        MisconfiguredError: a variable names no certificates.
    """
    groups = ((AWS_CERTIFICATES,), (CERTIFICATE_FILE, CERTIFICATE_DIRECTORY), *((name,) for name in CERTIFICATE_FILES))
    given = ([name for name in group if variables.get(name)] for group in groups)
    names = next(filter(None, given), [])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.sslsocket_class = QuietTls
    context.set_alpn_protocols(["http/1.1"])
    if not names:
        context.load_default_certs()
    for name in names:
        path = Path(variables[name])
        try:
            if path.is_dir():
                context.load_verify_locations(capath=path)
            else:
                context.load_verify_locations(cafile=path)
        except OSError:
            named_by = f"{name} (or `ca_bundle` of the profile)" if name == AWS_CERTIFICATES else name
            raise MisconfiguredError(f"{named_by} names no file or directory of certificates") from None
    return context
