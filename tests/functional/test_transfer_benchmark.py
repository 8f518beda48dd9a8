"""The benchmark of transfers works: it measures what it says, and refuses wrong bytes. No figure is asserted."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from tests.benchmarks.transfer import peers
from tests.benchmarks.transfer.bars import judge
from tests.benchmarks.transfer.content import make_repository
from tests.benchmarks.transfer.counting import CountingProxy
from tests.benchmarks.transfer.measured import Measured
from tests.benchmarks.transfer.origin import nginx_program, serving
from tests.benchmarks.transfer.peers import Job
from tests.benchmarks.transfer.place import Place
from tests.benchmarks.transfer.rounds import check_bytes
from tests.benchmarks.transfer.usage import Program, UnusableError, Usage, measure
from tests.conftest import REPOSITORY
from tests.support.program import unread

if TYPE_CHECKING:
    from pathlib import Path

MIB = 2**20


def _missing() -> str:
    try:
        nginx_program()
    except UnusableError as reason:
        return str(reason)
    return next((f"{name} is not installed" for name in ("curl", "openssl") if not shutil.which(name)), "")


needs_server = pytest.mark.skipif(bool(_missing()), reason=_missing() or "never")


def run_benchmark(module: str, folder: Path, *options: str) -> dict[str, Any]:
    """Run a command of the benchmark to its end, and return the document that it writes."""
    result = folder / "result.json"
    module_options = ["-m", f"tests.benchmarks.{module}", *options, "--folder", str(folder / "bench")]
    with unread():
        subprocess.run(
            [sys.executable, *module_options, "--json", str(result)], cwd=REPOSITORY, check=True, capture_output=True
        )
    document: dict[str, Any] = json.loads(result.read_text())
    return document


@needs_server
@pytest.mark.timeout(300)
def test_benchmark_measures_whole_processes_that_bring_the_right_bytes(tmp_path: Path) -> None:
    chosen = ["--cases", "one-https", "--peers", peers.OURS, peers.ENGINE, peers.CURL_OPENSSL]

    document = run_benchmark("transfer", tmp_path, "--rounds", "1", "--size", "9MiB", *chosen)

    (case,) = document["cases"]
    assert (case["skipped"], case["size"]) == ({}, 9 * MIB)
    assert sorted(case["runs"]) == sorted([peers.OURS, peers.ENGINE, peers.CURL_OPENSSL])
    assert all(min(run.values()) > 0 for runs in case["runs"].values() for run in runs)
    assert document["bars"][0]["reached"] in {True, False}
    assert not (tmp_path / "bench").exists()


@pytest.mark.timeout(300)
def test_benchmark_of_buckets_measures_whole_processes_that_bring_the_right_bytes(tmp_path: Path) -> None:
    chosen = ["--cases", "s3-one", "--peers", peers.OURS, peers.BOTO3_SIGNED]

    document = run_benchmark("transfer.buckets", tmp_path, "--rounds", "1", "--size", "17MiB", *chosen)

    (case,) = document["cases"]
    assert (case["skipped"], case["size"]) == ({}, 17 * MIB)
    assert sorted(case["runs"]) == sorted([peers.OURS, peers.BOTO3_SIGNED])
    assert not (tmp_path / "bench").exists()


@needs_server
@pytest.mark.timeout(300)
def test_kill_benchmark_counts_what_is_fetched_again(tmp_path: Path) -> None:
    chosen = ["--peers", peers.OURS, peers.CURL, "--points", "50", "--rate", "20MB"]

    document = run_benchmark("transfer.killed", tmp_path, "--size", "16MiB", *chosen)

    killed = {each["program"]: each for each in document["killed"]}
    assert {name: each["ended"] for name, each in killed.items()} == {peers.OURS: "", peers.CURL: ""}
    assert all(0 <= each["again"] <= 16 * MIB for each in killed.values())
    assert [(each["asked"], each["sent"]) for each in document["untroubled"]] == [(1, 1), (1, 1)]


@needs_server
def test_counting_proxy_counts_the_bytes_of_files_alone(tmp_path: Path) -> None:
    place = Place(tmp_path)
    repository = make_repository(place, "one-file", 1, MIB + 5)
    with serving(place) as origin, CountingProxy(origin.port, counts=lambda path: path.endswith(".dat")) as proxy:
        job = Job(place=place, repository=repository, url=proxy.url, authority=origin.authority)
        for options in (["-r", "10-109"], ["-I"], []):
            subprocess.run(["curl", "-fsS", "-o", "/dev/null", *options, f"{job.base}/part-00000.dat"], check=True)
        subprocess.run(["curl", "-sS", "-o", "/dev/null", f"{proxy.url}/api/nothing"], check=True)

    counted = proxy.counted
    assert (counted.asked, counted.sent, counted.requests) == (MIB + 5 + 100, MIB + 5 + 100, 2)


def test_other_bytes_or_none_are_refused(tmp_path: Path) -> None:
    place = Place(tmp_path)
    repository = make_repository(place, "one-file", 1, 1000)
    place.clear()
    job = Job(place=place, repository=repository, url="http://127.0.0.1:9", authority=tmp_path)
    right = (place.served / "one-file" / "part-00000.dat").read_bytes()
    file = place.out / "part-00000.dat"

    with pytest.raises(UnusableError, match=r"brought no part-00000\.dat"):
        check_bytes(job, peers.CURL)
    file.write_bytes(right[:-1] + bytes([right[-1] ^ 1]))
    with pytest.raises(UnusableError, match=r"brought other bytes than those of part-00000\.dat"):
        check_bytes(job, peers.CURL)
    file.write_bytes(right)
    check_bytes(job, peers.CURL)


def test_served_bytes_follow_from_the_name_and_have_their_digests(tmp_path: Path) -> None:
    first, second = (make_repository(Place(tmp_path / name), "eight-files", 2, 1000) for name in ("a", "b"))

    again = make_repository(Place(tmp_path / "a"), "eight-files", 2, 1000)

    assert first == second == again
    assert first.files[0].sha256 != first.files[1].sha256


def test_usage_is_that_of_all_processes_and_not_of_who_starts_them() -> None:
    allocate = (sys.executable, "-c", "b = b'x' * 50_000_000")
    ballast = b"x" * 100_000_000

    one = measure(Program(stages=((("true",),),)), {"PATH": "/usr/bin:/bin"})
    two = measure(Program(stages=((("true",),), (allocate, allocate))), {})

    assert one.peak < 40_000_000 < len(ballast)
    assert two.peak > 100_000_000
    assert two.cpu > one.cpu


def test_program_that_fails_is_left_out_with_its_last_words() -> None:
    program = Program(stages=(((sys.executable, "-c", "import sys; sys.exit('no such bucket')"),), (("true",),)))

    with pytest.raises(UnusableError, match="failed: no such bucket"):
        measure(program, {})


def test_bars_compare_each_round_with_its_neighbour() -> None:
    def usages(*seconds: float) -> list[Usage]:
        return [Usage(seconds=each, cpu=1, peak=50_000_000) for each in seconds]

    runs = {peers.OURS: usages(1.0, 20.0, 3.3), peers.CURL: usages(1.0, 10.0, 3.0)}
    measured = Measured(case="one-http", size=1, files=1, runs=runs, skipped={peers.HF_CALL: "hf is not installed"})

    verdicts = {verdict.measure: verdict for verdict in judge({"one-http": measured})}

    against_curl = verdicts["one file over HTTP against curl"]
    assert (against_curl.program, against_curl.reached) == ("1.10 (1.00 to 2.00)", True)
    against_hf = verdicts["one file against hf_hub_download"]
    assert (against_hf.program, against_hf.reached) == ("hf is not installed", None)
    assert verdicts["peak memory, all cases"].program == "50 MB"
    slower = replace(measured, runs=runs | {peers.OURS: usages(1.2, 20.0, 3.4)})
    assert judge({"one-http": slower})[0].reached is False
