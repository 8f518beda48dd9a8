"""`python -m tests.benchmarks.transfer.buckets`: transfers from S3 against boto3 and s5cmd; `make bench-transfer`.

As the other transfers, but from SeaweedFS, and every request is signed. Ours hashes what it fetches and sees that it is
on the disk; of the others only those with openssl in their name hash, and none syncs.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import boto3

from tests.benchmarks.transfer import peers
from tests.benchmarks.transfer.bars import judge
from tests.benchmarks.transfer.cases import EIGHT, MANY, ONE, Case, shape
from tests.benchmarks.transfer.content import OWNER, REVISION, make_repository, write_manifest
from tests.benchmarks.transfer.options import add_common, machine, note, opened, read_size, say
from tests.benchmarks.transfer.peers import Job
from tests.benchmarks.transfer.rounds import WANSYNC, run_rounds
from tests.benchmarks.transfer.tables import format_case, format_verdicts
from tests.benchmarks.transfer.throttle import hold_back, is_throttled, measure_throttled
from tests.support.seaweed import ADMIN, Seaweed, make_certificates
from wansync.manifest import SourceRef
from wansync.sources.origins import origin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.benchmarks.transfer.measured import Measured
    from tests.benchmarks.transfer.place import Place

_MODULE = "tests.benchmarks.transfer.buckets"
_PROGRAMS = (peers.OURS, peers.ENGINE, peers.S5CMD_SIGNED, peers.S5CMD_OPENSSL, peers.BOTO3_OPENSSL, peers.BOTO3_SIGNED)
_ALL = (
    Case(name="s3-one", title="One file from S3", repository=ONE, programs=_PROGRAMS),
    Case(name="s3-eight", title="Eight files from S3", repository=EIGHT, programs=_PROGRAMS),
    Case(name="s3-many", title="1,000 files of 64 KiB from S3", repository=MANY, programs=_PROGRAMS),
    Case(
        name="s3-one-throttled",
        title="One file from S3 at 400 MB/s",
        repository=ONE,
        throttled=True,
        programs=_PROGRAMS,
    ),
    Case(
        name="s3-eight-throttled",
        title="Eight files from S3 at 400 MB/s",
        repository=EIGHT,
        throttled=True,
        programs=_PROGRAMS,
    ),
)
CASES: Mapping[str, Case] = {case.name: case for case in _ALL}


def served(place: Place) -> Seaweed:
    """Return the server, not yet started; a certificate too, since programs read the file that a variable names."""
    # One for each server: the benchmark that asks for a slow network has one of its own meanwhile.
    folder = place.folder / ("seaweed-throttled" if is_throttled() else "seaweed")
    folder.mkdir(exist_ok=True)
    return Seaweed(folder, make_certificates(folder))


def make_job(place: Place, server: Seaweed, name: str, count: int, size: int) -> Job:
    """Put the files into a bucket and lock them there; return the job of fetching."""
    repository = make_repository(place, name, count, size)
    project = place.project(repository.name)
    shutil.rmtree(project, ignore_errors=True)
    write_manifest(project, SourceRef.parse(f"s3:{name}"))
    folder = place.served / OWNER / name / "resolve" / REVISION
    bucket = server.bucket(name)
    assert server.tls
    for file in repository.files:
        # In parts where it is large, as everybody uploads: then only the metadata can state the digest.
        more = {"Metadata": {"sha256": file.sha256}}
        bucket.client.upload_file(str(folder / file.name), name, file.name, ExtraArgs=more)
    place.clear()
    job = Job(
        place=place,
        repository=repository,
        url=server.url,
        authority=server.tls.authority,
        variables={**ADMIN.variables(), "AWS_ENDPOINT_URL_S3": server.url},
    )
    command = [WANSYNC, "lock", "-q", "--project", str(project)]
    subprocess.run(command, env=job.environment, check=True, capture_output=True)
    return job


def _measure(case: Case, chosen: argparse.Namespace, place: Place, server: Seaweed) -> Measured:
    if case.throttled and not is_throttled():
        return measure_throttled(_MODULE, case, chosen, place.folder)
    job = make_job(place, server, case.repository, *shape(case.repository, chosen.size))
    hold_back(origin(server.url)[2])
    programs = [name for name in case.programs if not chosen.peers or name in chosen.peers]
    return run_rounds(case.name, job, programs, chosen.rounds)


def main() -> None:
    """Measure what the arguments choose."""
    chosen = _parse()
    about = {"rounds": chosen.rounds, "boto3": boto3.__version__, **machine()}
    say(", ".join(f"{name} {value}" for name, value in about.items()) + "\n")
    measured: dict[str, Measured] = {}
    with opened(chosen) as place, served(place) as server:
        for name in chosen.cases:
            note(f"measuring {name} ...")
            measured[name] = _measure(CASES[name], chosen, place, server)
            say(format_case(CASES[name].title, measured[name]))
    verdicts = judge(measured)
    say(format_verdicts(verdicts))
    if chosen.json:
        cases = [each.to_dict() for each in measured.values()]
        document = {"about": about, "cases": cases, "bars": [verdict.to_dict() for verdict in verdicts]}
        Path(chosen.json).write_text(json.dumps(document, indent=2) + "\n")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.transfer.buckets", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how many count (default: %(default)s)")
    parser.add_argument("--size", type=read_size, default=2**30, help="of one file (1GiB); each of eight has a quarter")
    parser.add_argument("--cases", nargs="+", choices=list(CASES), default=list(CASES), metavar="CASE")
    parser.add_argument("--peers", nargs="+", choices=_PROGRAMS, metavar="NAME", help=", ".join(_PROGRAMS))
    add_common(parser)
    return parser.parse_args(sys.argv[1:])


if __name__ == "__main__":
    main()
