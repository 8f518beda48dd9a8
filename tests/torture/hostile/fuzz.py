"""`python -m tests.torture.hostile.fuzz SECONDS CORPUS`: atheris, which sees what inputs reach, on the same readers.

The first byte of an input chooses the reader. An input that breaks a promise ends the run with a traceback and a
status other than 0; libFuzzer writes it to a file that starts with `crash-`, `timeout-` or `oom-`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["wansync"]):
    from tests.torture.hostile.server import stay_here
    from tests.torture.hostile.targets import Target, make_targets


def main(seconds: int, corpus: Path) -> None:
    """Fuzz for so many seconds, from the inputs in a folder and from good documents; new ones are added to it."""
    with tempfile.TemporaryDirectory(prefix="wansync-fuzz-") as folder:
        stay_here()
        targets = make_targets(Path(folder))
        corpus.mkdir(parents=True, exist_ok=True)
        for number, target in enumerate(targets):
            for copy, good in enumerate(target.good):
                (corpus / f"good-{number}-{copy}").write_bytes(bytes([number]) + good)

        def feed(data: bytes) -> None:
            if data:
                _give(targets[data[0] % len(targets)], data[1:])

        # libFuzzer counts all memory of the process, so the interpreter and the instrumented modules are in it.
        options = [f"-max_total_time={seconds}", "-timeout=2", "-rss_limit_mb=1024", "-max_len=20000"]
        atheris.Setup([sys.argv[0], *options, str(corpus)], feed)
        atheris.Fuzz()


def _give(target: Target, data: bytes) -> None:
    try:
        target.read(data)
    except target.refusals:
        return


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
