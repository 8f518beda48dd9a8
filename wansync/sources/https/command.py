"""Run what the user has named to print a file's URL. Never what a project names: a checkout may be a stranger's."""

from __future__ import annotations

import subprocess
import threading
from typing import TYPE_CHECKING

from wansync.errors import SourceFailError
from wansync.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

_SECONDS = 60.0
_MAX_BYTES = 2**16
_PLACE = "{path}"


def run_command(command: Sequence[str], path: str, source: str, seconds: float = _SECONDS) -> str:
    """Return the one line that a command prints.

    Its errors are thrown away, since they may hold secrets.

    Args:
        command: its words, without a shell; where none has `{path}` in it, the path is one more.
        path: of the file.
        source: for messages.
        seconds: how long it may take.

    Raises:
        SourceFailError: it cannot be run, fails, takes too long, or prints something else than a line.
    """
    if path.startswith("-") and not any(_PLACE in word for word in command):
        # It would be an option, and the path is not the user's choice.
        raise _failed(source, f"is not run for `{printable(path)}`, which it could take for an option")
    words = [word.replace(_PLACE, path) for word in command]
    try:
        # Not as a context, which would wait until its pipe can be closed.
        process = subprocess.Popen(  # noqa: S603 (the user's own words, without a shell)
            words if words != list(command) else [*words, path],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError as error:
        raise _failed(source, f"cannot be run: {error.strerror or type(error).__name__}") from None
    said = _read(process, seconds)
    if said is None:
        raise _failed(source, f"took more than {seconds:g} seconds")
    too_much = len(said) > _MAX_BYTES
    if process.returncode and not too_much:
        raise _failed(source, f"ended with status {process.returncode}")
    lines = said[:_MAX_BYTES].decode("utf-8", "replace").split("\n")
    found = [line.strip() for line in lines if line.strip()]
    if too_much or len(found) != 1:
        raise _failed(source, "printed something else than one line")
    return found[0]


def _read(process: subprocess.Popen[bytes], seconds: float) -> bytes | None:
    """Return what a process prints, one byte more than it may at most; `None` if it does not end in time."""
    assert process.stdout  # noqa: S101 (it is a pipe)
    stream, said = process.stdout, list[bytes]()

    def read() -> None:
        with stream:
            said.append(stream.read(_MAX_BYTES + 1))

    # In a thread: what the process has begun may hold the pipe for longer than the process lives.
    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    try:
        reader.join(seconds)
        found = said[0] if said else None
        if found is not None and len(found) <= _MAX_BYTES:
            process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        process.kill()
        process.wait()
    return found


def _failed(source: str, what: str) -> SourceFailError:
    return SourceFailError(
        f"The `url_command` for `{source}` {what}",
        hint="Run the command by hand with the path of a file; it must print its URL and nothing else",
        source=source,
    )
