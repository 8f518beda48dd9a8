"""A hub at a public address whose redirects lead inside, by name: run in a network of its own, where both are here.

    unshare --net --mount sh -c '...; python -m tests.functional.from_outside FOLDER'

Prints a line of JSON: what became of `lock` and `sync`, and what of the inner server was asked.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.hub import Faults, Hub
from tests.support.hub_project import HubProject
from tests.support.project import wansync

if TYPE_CHECKING:
    from tests.support.project import Ran

OUTSIDE = "1.1.1.1"
"""An address that the whole world can reach, though not from here."""
INNER = "inner.test"


def told(ran: Ran) -> dict[str, object]:
    """Return what a run said."""
    return {"status": ran.status, "said": ran.stdout + ran.stderr}


def main(folder: Path) -> None:
    """Sync, and say what happened."""
    with Hub(OUTSIDE) as hub:
        inner = hub.cdn_url.replace("127.0.0.1", INNER)
        os.environ |= {"HF_ENDPOINT": hub.url, "MODELS_ROOT": str(folder / "store"), "HOME": str(folder)}
        os.environ |= {"HF_HOME": str(folder / "hf"), "WANSYNC_MIN_FREE": "0", "WANSYNC_HTTP_RETRIES": "0"}
        project = HubProject(folder / "app", folder / "store", hub)
        project.write()
        os.chdir(project.directory)
        said = {"lock": told(wansync("lock"))}
        hub.cdn_url = inner
        said["sync"] = told(wansync("sync"))
        said["direct"] = told(_with_endpoint(hub, inner))
        project.lock_path.unlink()
        hub.faults = Faults(api_elsewhere=True)
        said["api"] = told(wansync("lock"))
        asked = [request.route for request in hub.requests if request.origin == "cdn"]
    sys.stdout.write(json.dumps({**said, "asked": asked}) + "\n")


def _with_endpoint(hub: Hub, url: str) -> Ran:
    """Ask the inner server as one that the user named himself: it answers, though not as a hub."""
    os.environ["HF_ENDPOINT"] = url
    try:
        return wansync("lock", "--upgrade")
    finally:
        os.environ["HF_ENDPOINT"] = hub.url
        hub.requests[:] = [request for request in hub.requests if "/api/" not in request.route]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
