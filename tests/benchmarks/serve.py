"""How long `wansync serve` takes to answer about three models of real size, under 200 requests a second.

Needs `wrk`. The files are sparse: what is asked of them is what `stat` says, and that is real.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

from tests.conftest import REPOSITORY
from tests.support.project import ProjectBuilder
from wansync.digest import Digest, Revision
from wansync.listing import ListedFile, Listing, format_listing, listing_file_name
from wansync.manifest import SourceRef
from wansync.paths import RelativePath
from wansync.project import open_workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wansync.store import Store

_WANSYNC = str(Path(sys.executable).with_name("wansync"))
_MODELS, _FILES, _SIZE = 3, 110, 400 * 2**20
_SECONDS, _CONNECTIONS, _RATE = 20, 4, 200
_REVISION = "a" * 40
# wrk sends as fast as it gets answers; each of its connections waits so long before it asks again.
_PACE = f"function delay() return {1000 * _CONNECTIONS // _RATE} end"


def main() -> None:
    """Print one JSON document with the latencies in milliseconds."""
    wrk = shutil.which("wrk")
    if wrk is None:
        sys.exit("install wrk (a package of Debian) first")
    with tempfile.TemporaryDirectory() as folder:
        project = make_project(Path(folder))
        with _served(project) as (url, seconds):
            told = {path: _load(wrk, f"{url}{path}", Path(folder)) for path in ("/health/models", "/readyz", "/plan")}
    about = {"cores": os.cpu_count(), "python": platform.python_version(), "files": _MODELS * _FILES}
    sys.stdout.write(json.dumps({**about, "first answer, s": round(seconds, 2), "ms": told}, indent=2) + "\n")


def make_project(folder: Path) -> ProjectBuilder:
    """Return a synced project of three models, whose files take no room."""
    project = ProjectBuilder(folder / "app", folder / "store")
    project.files = {"unused": b""}
    names = [f"m{number}" for number in range(_MODELS)]
    project.manifest["components"] = {n: {"kind": "transformer", "source": f"hf:test/{n}"} for n in names}
    project.manifest["models"] = {name: project.model("t2v", {"transformer": name}) for name in names}
    project.manifest["profiles"] = {"all": [f"{name}@small" for name in names]}
    project.write()
    listings = folder / "listings"
    listings.mkdir()
    for name in names:
        listing = _listing(name)
        (listings / listing_file_name(listing.source, listing.ref)).write_bytes(format_listing(listing))
    _run(project, "lock", "--listings", str(listings))
    store = open_workspace(project.directory, choices={"models_root": project.models_root}).store()
    store.prepare()
    for name in names:
        for file in _listing(name).files:
            _put(store, file)
    _run(project, "sync")
    return project


def _listing(name: str) -> Listing:
    files = (
        ListedFile(
            path=RelativePath(f"weights-{number:05}.dat"), size=_SIZE, digest=Digest.of(f"{name} {number}".encode())
        )
        for number in range(_FILES)
    )
    source = SourceRef.parse(f"hf:test/{name}")
    return Listing(source=source, ref=None, revision=Revision(_REVISION), files=tuple(files))


def _put(store: Store, file: ListedFile) -> None:
    path = store.layout.blob(file.digest)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as blob:
        blob.truncate(file.size)
    path.chmod(0o444)
    fingerprint = store.fs.fingerprint(path)
    assert fingerprint
    store.attests.stamp(file.digest, fingerprint, intact=True)


def _run(project: ProjectBuilder, *arguments: str) -> None:
    subprocess.run(
        [_WANSYNC, *arguments], cwd=project.directory, env=_environment(project), check=True, capture_output=True
    )


def _environment(project: ProjectBuilder) -> dict[str, str]:
    foreign = ("HF_", "WANSYNC_", "PYTHON", "CI")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    home = str(project.directory.parent)
    return {**kept, "MODELS_ROOT": str(project.models_root), "HOME": home, "PYTHONPATH": str(REPOSITORY)}


@contextmanager
def _served(project: ProjectBuilder) -> Iterator[tuple[str, float]]:
    """Run the server; yield its address and the seconds until its first answer."""
    begun = time.perf_counter()
    server = subprocess.Popen(
        [_WANSYNC, "serve", "--port", "0"],
        cwd=project.directory,
        env=_environment(project),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stderr
        url = server.stderr.readline().split()[-1]
        with urlopen(f"{url}/health/models") as answer:  # noqa: S310 (of the server just started)
            assert len(json.load(answer)["models"]) == _MODELS
        yield url, time.perf_counter() - begun
    finally:
        server.terminate()
        server.communicate()


def _load(wrk: str, url: str, folder: Path) -> dict[str, float]:
    """Return the median and the 99th percentile in milliseconds, and the requests a second that there were."""
    script = folder / "pace.lua"
    script.write_text(_PACE, encoding="ascii")
    command = [wrk, "-t1", f"-c{_CONNECTIONS}", f"-d{_SECONDS}s", "--latency", "-s", str(script), url]
    said = subprocess.run(command, check=True, text=True, capture_output=True).stdout
    if "Non-2xx" in said:
        sys.exit(said)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert rate
    return {"p50": _milliseconds(said, "50%"), "p99": _milliseconds(said, "99%"), "a second": float(rate[1])}


def _milliseconds(said: str, share: str) -> float:
    found = re.search(rf"{share}\s+([\d.]+)(us|ms|s)", said)
    assert found
    return round(float(found[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[found[2]], 3)


if __name__ == "__main__":
    main()
