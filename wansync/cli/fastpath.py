"""What can be said before typer is loaded: the version, and without a lock what was said before, if it still holds.

Light modules only, and few of them. Whatever this is not sure of goes to the ordinary path, which finds the same answer
or a better one, and keeps it for the next time.
"""

from __future__ import annotations

import sys

from wansync.answers import name_of, recall
from wansync.surroundings import models_root, settings_fingerprint, working_directory
from wansync.version import __version__

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

VERSION = f"wansync {__version__}"
_COMMANDS = frozenset({"sync", "ensure", "lock"})
_STORE = "--models-root"


def answer(arguments: Sequence[str]) -> int | None:
    """Return the exit status of a command that had nothing to do, or `None` where the ordinary path must look."""
    try:
        if list(arguments) == ["--version"]:
            return _say(f"{VERSION}\n", "")
        if not arguments or arguments[0] not in _COMMANDS:
            return None
        said = recall(f"{_root(arguments)}/.state", question(arguments))
        return None if said is None else _say(said["stdout"], said["stderr"])
    except Exception:  # noqa: BLE001 (the ordinary path has words for whatever is wrong)
        return None


def question(arguments: Sequence[str]) -> str:
    """Return the name of the answer to a command line, given here and with these settings."""
    return name_of("command", working_directory(), settings_fingerprint(), *arguments)


def _root(arguments: Sequence[str]) -> str:
    # Only where to look: the name of the answer tells by all arguments which store they mean.
    for index, argument in enumerate(arguments):
        if argument == _STORE:
            return arguments[index + 1]
        if argument.startswith(f"{_STORE}="):
            return argument.partition("=")[2]
    return str(models_root())


def _say(stdout: str, stderr: str) -> int:
    sys.stdout.write(stdout)
    sys.stdout.flush()
    try:
        sys.stderr.write(stderr)
    except (OSError, AttributeError):
        return 0  # nobody reads stderr, and the result has been said: the ordinary path would say it once more
    return 0
