"""An authority of one's own and a certificate for 127.0.0.1, made by the `openssl` program."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_CONFIGURATION = """\
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = IP:127.0.0.1
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """Files: the authority's certificate, the server's, and the server's key."""

    authority: Path
    certificate: Path
    key: Path


def make_certificates(folder: Path) -> Certificates:
    """Make an authority and a server's certificate, valid for two days."""
    made = Certificates(
        authority=folder / "authority.pem", certificate=folder / "server.pem", key=folder / "server.key"
    )
    (folder / "openssl.cnf").write_text(_CONFIGURATION)
    key = str(folder / "authority.key")
    _request(folder, "authority", "-keyout", key, "-out", str(made.authority))
    signer = ("-CA", str(made.authority), "-CAkey", key)
    _request(folder, "server", *signer, "-keyout", str(made.key), "-out", str(made.certificate))
    return made


def _request(folder: Path, section: str, *options: str) -> None:
    new_key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    about = ("-config", str(folder / "openssl.cnf"), "-extensions", section, "-subj", f"/CN=benchmark {section}")
    subprocess.run(
        ["openssl", "req", "-x509", "-days", "2", *new_key, *about, *options], check=True, capture_output=True
    )
