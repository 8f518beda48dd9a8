"""The socket: this machine alone by default, another address or a unix socket where somebody asks for it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from typing import TYPE_CHECKING, Any

import uvicorn

from wansync.errors import UsageError
from wansync.server.idle import Impatient
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from starlette.types import ASGIApp

_BACKLOG = 2048
_END_SECONDS = 5
_SILENT_SECONDS = 60.0
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@value_type
class Listener:
    """Where to listen.

    Args:
        host: a name or address of this machine.
        port: 0 is any that is free.
        path: of a unix socket, instead of both.
    """

    host: str = "127.0.0.1"
    port: int = 8642
    path: Path | None = None


def listen(
    app: ASGIApp, listener: Listener, begun: Callable[[str], None], troubled: Callable[[Exception], None]
) -> None:
    """Serve until the process is told to end; requests under way have a few seconds.

    Args:
        app: answers.
        listener: where.
        begun: told the address, once connections are taken.
        troubled: told what went wrong outside of requests, such as too many open files; once in a while.

    Raises:
        UsageError: nobody can listen there.
    """
    bound = _bind(listener)
    made = _inode(listener.path)
    try:
        config = uvicorn.Config(
            app,
            http=Impatient,
            access_log=False,
            log_config=None,
            lifespan="off",
            server_header=False,
            timeout_graceful_shutdown=_END_SECONDS,
        )
        _Server(config, lambda: begun(_address(bound, listener)), troubled).run(sockets=[bound])
    finally:
        bound.close()
        # Another server may be there by now, if somebody has removed the name of this one's socket.
        if listener.path and made == _inode(listener.path):
            listener.path.unlink(missing_ok=True)


class _Server(uvicorn.Server):
    """To be told to end is how a server ends, and no failure: the signal is not raised again afterwards.

    Args:
        config: uvicorn's.
        begun: told once connections are taken.
        troubled: told what went wrong outside of requests.
    """

    def __init__(
        self, config: uvicorn.Config, begun: Callable[[], None], troubled: Callable[[Exception], None]
    ) -> None:
        super().__init__(config)
        self._begun = begun
        self._troubled = troubled
        self._silent_until = 0.0

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Take connections; signals end the server by now."""
        asyncio.get_running_loop().set_exception_handler(self._handle)
        await super().startup(sockets)
        self._begun()

    def _handle(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Tell of trouble, but not each time: without a descriptor left, asyncio fails thousands of times a second."""
        if loop.time() >= self._silent_until:
            self._silent_until = loop.time() + _SILENT_SECONDS
            self._troubled(context.get("exception") or RuntimeError(context["message"]))

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Have the signals that end programs end the server, as long as the block runs."""
        before = {number: signal.signal(number, self.handle_exit) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _bind(listener: Listener) -> socket.socket:
    where = str(listener.path) if listener.path else f"{listener.host}:{listener.port}"
    try:
        return _bound_to_path(listener.path) if listener.path else _bound_to_port(listener)
    except (OSError, OverflowError) as error:
        cause = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            f"Nobody can listen at `{where}`: {cause}",
            hint="Choose another with `--port PORT` (0 is any free one), `--host ADDRESS` or `--unix PATH`",
            address=where,
        ) from error


def _bound_to_port(listener: Listener) -> socket.socket:
    family, *_, address = socket.getaddrinfo(listener.host, listener.port, type=socket.SOCK_STREAM)[0]
    # With the protocol named: only then asyncio switches off the delay of small packets, 40 ms for each answer.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        bound.listen(_BACKLOG)
    except OSError:
        bound.close()
        raise
    return bound


def _bound_to_path(path: Path) -> socket.socket:
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if path.is_socket() and not _is_answered(path):
            # Of a server that was killed.
            path.unlink()
        bound.bind(str(path))
        bound.listen(_BACKLOG)
    except OSError:
        bound.close()
        raise
    return bound


def _is_answered(path: Path) -> bool:
    """Return whether somebody listens at a socket, who may be too busy to answer, or not for us."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as caller:
        caller.setblocking(False)
        try:
            caller.connect(str(path))
        except ConnectionRefusedError:
            return False
        except OSError:
            return True
    return True


def _inode(path: Path | None) -> tuple[int, int] | None:
    try:
        status = path.lstat() if path else None
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if status else None


def _address(bound: socket.socket, listener: Listener) -> str:
    if listener.path:
        return f"unix:{listener.path}"
    host, port = bound.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
