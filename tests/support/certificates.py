"""Certificates of a private authority, good and bad, made with the `openssl` program."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


class Authority:
    """A certificate authority whose files are in a directory."""

    def __init__(self, folder: Path, name: str = "ca") -> None:
        if shutil.which("openssl") is None:
            pytest.skip("needs the openssl program")
        self._folder = folder
        self.file, self._key = folder / f"{name}.crt", folder / f"{name}.key"
        usage = ("-addext", "keyUsage=critical,keyCertSign,cRLSign")
        _openssl(
            "req", "-x509", *_KEY, "-days", "9", "-subj", f"/CN={name}", *usage, *self._files(self._key, self.file)
        )

    def server(self, name: str, *, host: str = "IP:127.0.0.1,DNS:localhost", days: int = 9) -> ssl.SSLContext:
        """Return what a server with a certificate for a host needs; one for negative days has expired."""
        key, request, certificate, more = (self._folder / f"{name}.{kind}" for kind in ("key", "csr", "crt", "ext"))
        more.write_text(f"subjectAltName={host}\nextendedKeyUsage=serverAuth\nauthorityKeyIdentifier=keyid\n")
        _openssl("req", "-new", *_KEY, "-subj", f"/CN={name}", *self._files(key, request))
        signed = ("-CA", self.file, "-CAkey", self._key, "-CAcreateserial", "-extfile", more, "-days", str(days))
        _openssl("x509", "-req", "-in", request, "-out", certificate, *signed)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        return context

    def _files(self, key: Path, out: Path) -> tuple[str | Path, ...]:
        return "-keyout", key, "-out", out


def _openssl(*arguments: str | Path) -> None:
    ran = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
