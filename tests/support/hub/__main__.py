"""`python -m tests.support.hub`: a hub to try things by hand, or a benchmark's hub in a process of its own.

Prints one line of JSON that says where it is and what it has, then serves until its standard input ends.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys

from tests.support.hub import Faults, Hub, Virtual
from tests.support.project import content

_MIB = 1 << 20
_REAL_MIB = 64


def main() -> None:
    """Serve repositories with as many files as the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.hub", description=__doc__)
    parser.add_argument("--repository", default="Wan-AI/Tiny", help="its name (default: %(default)s)")
    parser.add_argument("--repositories", type=int, default=1, help="how many, numbered if there are several")
    parser.add_argument("--small", type=int, default=10, help="how many small files each has (default: %(default)s)")
    parser.add_argument("--large", type=int, default=2, help="how many LFS files each has (default: %(default)s)")
    parser.add_argument("--mib", type=float, default=8, help="MiB of each LFS file (default: %(default)s)")
    parser.add_argument("--latency", type=float, default=0, help="seconds before each answer (default: %(default)s)")
    chosen = parser.parse_args()
    with Hub() as hub:
        hub.faults = Faults(latency=chosen.latency)
        commits = {name: hub.repository(name, license="mit").commit(_files(chosen, name)) for name in _names(chosen)}
        about = {"url": hub.url, "cdn_url": hub.cdn_url, "token": hub.token, "commits": commits}
        sys.stdout.write(json.dumps(about) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


def _names(chosen: argparse.Namespace) -> list[str]:
    if chosen.repositories == 1:
        return [chosen.repository]
    return [f"{chosen.repository}-{number}" for number in range(chosen.repositories)]


def _files(chosen: argparse.Namespace, repository: str) -> dict[str, bytes | Virtual]:
    """Return files of which no two are equal, in all repositories."""
    small = {f"small/{n:05}.json": f'"{repository} {n}"\n'.encode() for n in range(chosen.small)}
    large = {f"large/model-{n:05}.safetensors": _large(f"{repository} {n}", chosen.mib) for n in range(chosen.large)}
    return {**small, **large}


def _large(seed: str, mib: float) -> bytes | Virtual:
    """Return weights that can be synced; beyond 64 MiB, where they would fill the memory, bytes that only look so."""
    size, block = int(mib * _MIB), hashlib.sha256(seed.encode()).digest()
    if mib <= _REAL_MIB:
        return content(seed, size)
    return Virtual(size, block=block * (_MIB // len(block) + 1))


if __name__ == "__main__":
    main()
