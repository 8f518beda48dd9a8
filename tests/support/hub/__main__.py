"""`python -m tests.support.hub`: a hub to try things by hand, or a benchmark's hub in a process of its own.

Prints one line of JSON that says where it is and what it has, then serves until its standard input ends.
"""

from __future__ import annotations

import argparse
import json
import sys

from tests.support.hub import Hub, Virtual

_MIB = 1 << 20


def main() -> None:
    """Serve a repository with as many files as the arguments say."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.hub", description=__doc__)
    parser.add_argument("--repository", default="Wan-AI/Tiny", help="its name (default: %(default)s)")
    parser.add_argument("--small", type=int, default=10, help="how many small files it has (default: %(default)s)")
    parser.add_argument("--large", type=int, default=2, help="how many LFS files it has (default: %(default)s)")
    parser.add_argument("--mib", type=int, default=8, help="MiB of each LFS file (default: %(default)s)")
    chosen = parser.parse_args()
    with Hub() as hub:
        commit = hub.repository(chosen.repository, license="apache-2.0").commit(_files(chosen))
        about = {"url": hub.url, "cdn_url": hub.cdn_url, "token": hub.token, "commit": commit}
        sys.stdout.write(json.dumps(about) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


def _files(chosen: argparse.Namespace) -> dict[str, bytes | Virtual]:
    small = {f"small/{number:05}.json": b'{"number": %d}\n' % number for number in range(chosen.small)}
    large = {
        f"large/model-{number:05}.safetensors": Virtual(chosen.mib * _MIB, block=b"%08d" % number * (_MIB // 8))
        for number in range(chosen.large)
    }
    return {**small, **large}


if __name__ == "__main__":
    main()
