"""The program as a process of its own. What it prints with `--json` is checked, as `tests/conftest.py` sees to."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.documents import check_output
from tests.support.project import Ran

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPTS = Path(sys.executable).parent
_CHECKED: ContextVar[bool] = ContextVar("checked", default=False)


def json_is_checked() -> bool:
    """Return whether whoever starts a process now has promised to check the document that it prints."""
    return _CHECKED.get()


@contextlib.contextmanager
def unread() -> Iterator[None]:
    """Allow processes whose document nobody can check, because they have no stdout or are killed."""
    token = _CHECKED.set(True)
    try:
        yield
    finally:
        _CHECKED.reset(token)


def script(name: str, *arguments: str, **options: Any) -> Ran:  # noqa: ANN401 (those of `subprocess.run`)
    """Run a console script to its end."""
    return finish(start(str(SCRIPTS / name), *arguments, stdin=subprocess.DEVNULL, **options), arguments)


def start(*command: str, **options: Any) -> subprocess.Popen[str]:  # noqa: ANN401 (those of `subprocess.Popen`)
    """Start a process whose stdout and stderr `finish` reads."""
    with unread():
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def finish(process: subprocess.Popen[str], arguments: tuple[str, ...]) -> Ran:
    """Wait for a process, check its document, and return what it printed."""
    stdout, stderr = process.communicate(timeout=100)
    check_output(arguments, process.returncode, stdout)
    return Ran(process.returncode, stdout, stderr)
