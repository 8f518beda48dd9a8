"""The server that everybody fetches from: nginx on loopback, with sendfile, plain and with TLS."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.benchmarks.transfer.certificates import make_certificates
from tests.benchmarks.transfer.content import OWNER, REVISION
from tests.benchmarks.transfer.usage import UnusableError
from tests.support.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.benchmarks.transfer.place import Place

_START_SECONDS = 10
_ELSEWHERE = "/usr/sbin:/usr/local/sbin"
"""Where distributions put nginx, which is on the path of root alone."""
_CONFIGURATION = """\
{user}
worker_processes auto;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        listen 127.0.0.1:{secure_port} ssl;
        ssl_certificate {certificate};
        ssl_certificate_key {key};
        ssl_protocols TLSv1.2 TLSv1.3;
        root {served};
        default_type application/octet-stream;
        location /api/ {{ default_type application/json; }}
        location /{owner}/ {{ add_header X-Repo-Commit {revision}; }}
    }}
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where the server listens, and the file of the authority that its certificate is signed with."""

    port: int
    secure_port: int
    authority: Path

    def url(self, *, secure: bool = False) -> str:
        """Return the address, as a client writes it."""
        return f"https://127.0.0.1:{self.secure_port}" if secure else f"http://127.0.0.1:{self.port}"


def nginx_program() -> str:
    """Return the path of nginx.

    Raises:
        UnusableError: it is not installed.
    """
    found = shutil.which("nginx") or shutil.which("nginx", path=_ELSEWHERE)
    if not found:
        raise UnusableError("nginx is not installed")
    return found


@contextmanager
def serving(place: Place) -> Iterator[Origin]:
    """Serve what is in the place until the block ends.

    Raises:
        UnusableError: nginx is not installed, or does not start.
    """
    program, folder = nginx_program(), place.folder / "nginx"
    folder.mkdir(exist_ok=True)
    certificates = make_certificates(folder)
    port, secure_port = free_ports(2)
    text = _CONFIGURATION.format(
        # Its workers give up root's rights, and could not read a folder that is root's alone.
        user="user root;" if os.geteuid() == 0 else "",
        folder=folder,
        port=port,
        secure_port=secure_port,
        certificate=certificates.certificate,
        key=certificates.key,
        served=place.served,
        owner=OWNER,
        revision=REVISION,
    )
    (folder / "nginx.conf").write_text(text)
    command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        try:
            _await(server, port, folder / "error.log")
            yield Origin(port=port, secure_port=secure_port, authority=certificates.authority)
        finally:
            server.terminate()


def _await(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while server.poll() is None and time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise UnusableError(f"nginx does not start: {log.read_text()[-200:]}")
