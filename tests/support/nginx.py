"""A real web server on free loopback ports, plain and with TLS: nginx, for files of a folder."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.support.certificates import Authority
from tests.support.ports import free_ports

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_ELSEWHERE = "/usr/sbin:/usr/local/sbin"
_START_SECONDS = 10
_BROKEN = "broken"
_CONFIGURATION = """\
{user}
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    default_type application/octet-stream;
    server {{
        listen 127.0.0.1:{port};
        listen 127.0.0.1:{secure_port} ssl;
        ssl_certificate {folder}/server.crt;
        ssl_certificate_key {folder}/server.key;
        root {folder}/files;
        if (-f $request_filename.{broken}) {{ return 503; }}
        location /whole/ {{ alias {folder}/files/; max_ranges 0; }}
        location /moved/ {{ return 302 /$arg_to; }}
    }}
}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nginx:
    """Where the server listens.

    Args:
        files: what it serves; below `/whole/` without ranges.
        plain: its URL without TLS.
        secure: its URL with TLS.
        authority: the file of the authority that its certificate is signed with.
    """

    files: Path
    plain: str
    secure: str
    authority: Path

    def write(self, name: str, data: bytes, *, age: float = 1000) -> None:
        """Put a file there that was changed so many seconds ago; an unchanged one stays."""
        path = self.files / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_name(f"{path.name}.{_BROKEN}").unlink(missing_ok=True)
        if not path.is_file() or path.read_bytes() != data:
            path.write_bytes(data)
            os.utime(path, (time.time() - age, time.time() - age))

    def break_(self, name: str) -> None:
        """Answer 503 when a file is asked for."""
        (self.files / f"{name}.{_BROKEN}").touch()


@contextmanager
def running_nginx(folder: Path) -> Iterator[Nginx]:
    """Serve `files` of a folder until the block ends; skips the test where nginx is not installed."""
    program = shutil.which("nginx") or shutil.which("nginx", path=_ELSEWHERE)
    if not program:
        pytest.skip("nginx is not installed")
    (folder / "files").mkdir()
    authority = Authority(folder)
    authority.server("server")
    port, secure_port = free_ports(2)
    # Its workers give up root's rights, and could not read a folder that is root's alone.
    user = "user root;" if os.geteuid() == 0 else ""
    text = _CONFIGURATION.format(user=user, folder=folder, port=port, secure_port=secure_port, broken=_BROKEN)
    (folder / "nginx.conf").write_text(text)
    command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as server:
        try:
            _wait_for(port, folder)
            yield Nginx(
                files=folder / "files",
                plain=f"http://127.0.0.1:{port}",
                secure=f"https://127.0.0.1:{secure_port}",
                authority=authority.file,
            )
        finally:
            server.terminate()


def _wait_for(port: int, folder: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise AssertionError((folder / "error.log").read_text())
