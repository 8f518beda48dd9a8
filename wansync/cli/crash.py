"""What becomes of an exception that nobody expected: one line for the user, a log for whoever mends it.

Light on purpose: a broken installation ends here too, before typer or anything else of others could be loaded.
"""

from __future__ import annotations

import contextlib
import json
import platform
import secrets
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from wansync.errors import InternalError
from wansync.surroundings import log_directory
from wansync.surroundings.servers import secret_values
from wansync.text import mask_secrets, printable
from wansync.version import __version__


def record_bug(error: Exception, arguments: Sequence[str]) -> InternalError:
    """Keep a log of what happened, without secrets, and return the error to show; its fact `log` is the file."""
    try:
        log: str | None = str(_write(_log_text(error, arguments)))
    except OSError:
        log = None
    reason, help_ = _words(error)
    return InternalError(reason, hint=help_.format(log=f" with the log: {log}" if log else _UNLOGGED), log=log)


def say_plainly(error: InternalError, *, as_json: bool) -> int:
    """Print an error where the rest of the command line cannot be loaded, and return its exit status."""
    if as_json:
        sys.stdout.write(json.dumps({"format_version": "1.0", "error": error.to_dict()}, indent=2) + "\n")
    with contextlib.suppress(OSError, AttributeError):  # no stderr
        sys.stderr.write(f"error: {printable(error.reason, limit=2000)}\nhint: {printable(error.hint, limit=2000)}\n")
    return error.exit_status


_NO_THREADS = "can't start new thread"
"""What Python says of it, in an exception of no type of its own."""
_UNLOGGED = "; its log could not be written"


def _words(error: Exception) -> tuple[str, str]:
    if isinstance(error, ImportError):
        missing = error.name or "a module"
        return f"wansync is not completely installed: `{missing}` cannot be loaded", "Install wansync again{log}"
    if isinstance(error, MemoryError):
        return "There is not enough memory for this", "Work on fewer models at a time, or report it{log}"
    if isinstance(error, RuntimeError) and str(error) == _NO_THREADS:
        return (
            "The system gives this process no more threads",
            "Use `--jobs 1`, or raise the limits of threads (`ulimit -u`) and memory (`ulimit -v`), or report it{log}",
        )
    return f"This is a bug in wansync: {type(error).__name__}", "Please report it{log}"


def _log_text(error: Exception, arguments: Sequence[str]) -> str:
    facts = {
        "wansync": __version__,
        "python": f"{platform.python_version()} ({sys.executable})",
        "platform": platform.platform(),
        "arguments": list(arguments),
    }
    head = "\n".join(f"{name}: {value}" for name, value in facts.items())
    return mask_secrets(f"{head}\n\n{''.join(traceback.format_exception(error))}", secret_values())


def _write(text: str) -> Path:
    try:
        folder = log_directory()
    except ImportError:  # a broken installation
        folder = Path(tempfile.gettempdir())
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"crash-{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(3)}.log"
    path.write_text(text, encoding="utf-8", errors="backslashreplace")
    return path
