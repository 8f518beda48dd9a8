"""The command line: options to an op, its result to text or JSON, an error to a message and an exit status.

The only package that imports typer and rich, and the only one that touches the terminal.
"""

from __future__ import annotations

import gc
import io
import sys

from wansync.cli.fastpath import answer

_COLLECT_AFTER = 50_000
"""Objects that may be part of a cycle, a few megabytes of them, between two looks for cycles; 700 is Python's own."""


def main() -> None:
    """Run `wansync` (or `wan`, the older spelling) with the process's arguments, and exit."""
    try:
        sys.exit(_run(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)  # before there is anything to say
    except Exception as error:  # noqa: BLE001 (a broken installation must not end in a traceback either)
        from wansync.cli.crash import record_bug, say_plainly  # noqa: PLC0415 (only after a crash)

        sys.exit(say_plainly(record_bug(error, sys.argv[1:]), as_json="--json" in sys.argv))


def _run(arguments: list[str]) -> int:
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Where stdout cannot take a character, it is escaped: a name must not turn a result into a bug.
        sys.stdout.reconfigure(errors="backslashreplace")
    status = answer(arguments)
    if status is not None:
        return status
    # What is loaded stays, and four looks through it took longer than most of it did to load.
    gc.disable()
    from wansync.cli.app import run  # noqa: PLC0415 (typer costs 30 ms, which `import wansync.cli` need not pay)

    status = run(arguments, loaded=_collect_seldom)
    # The interpreter would look through everything once more before it ends.
    gc.freeze()
    return status


def _collect_seldom() -> None:
    # Nearly all that a command makes stays or is freed at once: looking for cycles took a tenth of a short one's time.
    gc.freeze()
    gc.set_threshold(_COLLECT_AFTER)
    gc.enable()
