"""A real S3 server for tests: SeaweedFS, one process, which checks signatures, rights, checksums and versions."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

from tests.support.ports import free_ports
from wansync.sources import Network

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

_T = TypeVar("_T")
# Everything that listens gets a port of its own: some take fixed ones otherwise, or their neighbour's + 10000.
_PORTS = (
    *("s3.port", "s3.port.grpc", "master.port", "master.port.grpc", "volume.port", "volume.port.grpc"),
    *("filer.port", "filer.port.grpc", "admin.port", "admin.port.grpc"),
)
_PRIVATE = (
    *("-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3.port.iceberg=0", "-s3.port.lance=0"),
    *("-webdav=false", "-admin.ui=false", "-master.telemetry=false", "-s3.autoCreateBucket=false"),
)
_START_SECONDS = 30


@dataclass(frozen=True, slots=True)
class User:
    """Who may ask: keys, and actions such as `Read` or `Read:bucket`."""

    name: str
    access_key: str = ""
    secret_key: str = field(default="", repr=False)
    actions: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        keys = [{"accessKey": self.access_key, "secretKey": self.secret_key}] if self.access_key else []
        return {"name": self.name, "credentials": keys, "actions": list(self.actions)}

    def variables(self) -> dict[str, str]:
        """Return the environment of a program that runs for this user."""
        return {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key}


ADMIN = User("admin", "AKIATESTADMIN00001", "canary-admin-secret-0001", ("Admin", "Read", "List", "Tagging", "Write"))
READER = User("reader", "AKIATESTREADER0001", "canary-reader-secret-001", ("Read:readable", "List:readable"))
ANYBODY = User("anonymous", actions=("Read:open", "List:open"))


@dataclass(frozen=True, slots=True)
class Tls:
    """The files of a server's certificate, and of the authority that has signed it."""

    certificate: Path
    key: Path
    authority: Path


def make_certificates(folder: Path) -> Tls:
    """Return the certificate of a server of this machine, from an authority that nobody trusts yet."""
    import trustme  # noqa: PLC0415 (cryptography, which only tests of TLS need)

    tls = Tls(*(folder / f"{name}.pem" for name in ("server", "key", "authority")))
    authority = trustme.CA()
    leaf = authority.issue_cert("127.0.0.1", "localhost")
    tls.certificate.write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
    leaf.private_key_pem.write_to_path(tls.key)
    authority.cert_pem.write_to_path(tls.authority)
    return tls


class Seaweed:
    """One server over a directory; `kill` and `start` again keep the data.

    Attributes:
        url: of its S3.
        secure_url: the same with TLS, where it has a certificate.
        network: connections for tests that all ask as the same user, since making a client of boto3 takes 0.1 s.
    """

    def __init__(self, root: Path, tls: Tls | None = None) -> None:
        self.root, self.tls = root, tls
        self.url = self.secure_url = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._ports: dict[str, int] = {}
        self.network = Network()
        self._clients: dict[tuple[str, str], Any] = {}
        (root / "data").mkdir(parents=True, exist_ok=True)
        users = [user.to_dict() for user in (ADMIN, READER, ANYBODY)]
        (root / "s3.json").write_text(json.dumps({"identities": users}))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    def start(self) -> None:
        """Start, and wait until it answers; a port that was taken meanwhile costs another attempt."""
        for attempt in range(3):
            self._launch()
            if self._is_healthy():
                return
            self.kill()
            if attempt == 2:
                pytest.fail(f"SeaweedFS does not start: {(self.root / 'weed.log').read_text()[-2000:]}")

    def kill(self) -> None:
        """SIGKILL: a clean stop takes seconds, and tests nothing more."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        for port in self._ports.values():
            for stale in Path(tempfile.gettempdir()).glob(f"seaweedfs-*-{port}.sock"):
                stale.unlink(missing_ok=True)

    def client(self, user: User = ADMIN) -> Any:  # noqa: ANN401 (boto3 has no types)
        """Return a client of boto3 for a user."""
        key = (self.url, user.name)
        if key not in self._clients:
            self._clients[key] = self._make_client(user)
        return self._clients[key]

    def _make_client(self, user: User) -> Any:  # noqa: ANN401
        import boto3  # noqa: PLC0415 (only tests of S3 pay for it)
        from botocore.config import Config  # noqa: PLC0415

        config = Config(signature_version="s3v4", retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            aws_access_key_id=user.access_key,
            aws_secret_access_key=user.secret_key,
            region_name="us-east-1",
            config=config,
        )

    def bucket(self, name: str, *, versions: bool = False) -> TestBucket:
        """Return an empty bucket, made if need be."""
        client = self.client()
        with contextlib.suppress(client.exceptions.BucketAlreadyExists, client.exceptions.BucketAlreadyOwnedByYou):
            _until_it_works(lambda: client.create_bucket(Bucket=name))
        bucket = TestBucket(client, name)
        bucket.empty()
        if versions:
            client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return bucket

    def _launch(self) -> None:
        weed = shutil.which("weed", path=str(Path(sys.executable).parent)) or shutil.which("weed")
        if weed is None:
            pytest.skip("needs SeaweedFS: the extra `dev` brings it")
        *ports, secure = free_ports(len(_PORTS) + 1)
        self._ports = dict(zip(_PORTS, ports, strict=True))
        self.url = f"http://127.0.0.1:{self._ports['s3.port']}"
        command = [weed, "-logtostderr=true", "mini", *_PRIVATE, f"-dir={self.root / 'data'}"]
        command += [f"-s3.config={self.root / 's3.json'}", *(f"-{name}={port}" for name, port in self._ports.items())]
        if self.tls:
            self.secure_url = f"https://127.0.0.1:{secure}"
            command += [f"-s3.port.https={secure}", f"-s3.cert.file={self.tls.certificate}"]
            command += [f"-s3.key.file={self.tls.key}"]
        with (self.root / "weed.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)

    def _is_healthy(self) -> bool:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self._process is not None and self._process.poll() is None:
            with contextlib.suppress(OSError), opener.open(f"{self.url}/healthz", timeout=1) as response:
                if response.status == 200:
                    return True
            time.sleep(0.05)
        return False


class TestBucket:
    """A bucket, edited by its owner."""

    __test__ = False

    def __init__(self, client: Any, name: str) -> None:  # noqa: ANN401
        self.client, self.name = client, name

    def put(self, key: str, data: bytes, **more: Any) -> str | None:  # noqa: ANN401 (as boto3's)
        """Put an object with a checksum that the server keeps, and return its version."""
        more = more or {"ChecksumAlgorithm": "SHA256"}
        answer = _until_it_works(lambda: self.client.put_object(Bucket=self.name, Key=key, Body=data, **more))
        version: str | None = answer.get("VersionId")
        return version

    def delete(self, key: str, **more: str) -> None:
        """Remove an object, or one version of it."""
        self.client.delete_object(Bucket=self.name, Key=key, **more)

    def deny(self, key: str) -> None:
        """Let nobody read an object."""
        statement = {
            "Effect": "Deny",
            "Principal": "*",
            "Action": ["s3:GetObject", "s3:GetObjectVersion"],
            "Resource": f"arn:aws:s3:::{self.name}/{key}",
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.client.put_bucket_policy(Bucket=self.name, Policy=policy)

    def allow(self) -> None:
        """Deny nothing any more."""
        with contextlib.suppress(self.client.exceptions.ClientError):
            self.client.delete_bucket_policy(Bucket=self.name)

    def empty(self) -> None:
        """Remove all there is, every version too."""
        found = _until_it_works(lambda: self.client.list_object_versions(Bucket=self.name))
        for entry in [*found.get("Versions", ()), *found.get("DeleteMarkers", ())]:
            pinned = {} if entry["VersionId"] == "null" else {"VersionId": entry["VersionId"]}
            self.delete(entry["Key"], **pinned)

    def drop(self) -> None:
        """Remove the bucket itself."""
        self.empty()
        self.client.delete_bucket(Bucket=self.name)


def _until_it_works(action: Callable[[], _T], seconds: float = 15) -> _T:
    """Repeat: the first requests after a start may fail. What the server means to refuse is raised at once."""
    from botocore.exceptions import ClientError  # noqa: PLC0415

    deadline = time.monotonic() + seconds
    while True:
        try:
            return action()
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] < 500 or time.monotonic() > deadline:
                raise
            time.sleep(0.05)
