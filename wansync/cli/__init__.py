"""The command line: options to an op, its result to text or JSON, an error to a message and an exit status.

The only package that imports typer and rich, and the only one that touches the terminal.
"""

from __future__ import annotations

import sys

from wansync.cli.fastpath import answer


def main() -> None:
    """Run `wansync` (or `wan`, the older spelling) with the process's arguments, and exit."""
    try:
        status = answer(sys.argv[1:])
        if status is not None:
            sys.exit(status)
        from wansync.cli.app import run  # noqa: PLC0415 (typer costs 115 ms, which `import wansync.cli` need not pay)
    except KeyboardInterrupt:
        sys.exit(130)  # before there is anything to say
    sys.exit(run(sys.argv[1:]))
