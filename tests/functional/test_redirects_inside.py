"""A redirect never leads from outside to this machine or its network, by whatever name; what the user names may."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.functional.from_outside import INNER, OUTSIDE

REPOSITORY = Path(__file__).resolve().parents[2]
_NETWORK = f"""
ip link set lo up && ip addr add {OUTSIDE}/32 dev lo || exit 99
echo "127.0.0.1 {INNER}" >"$1/hosts" && mount --bind "$1/hosts" /etc/hosts || exit 99
exec "$2" -m tests.functional.from_outside "$1"
"""


def test_redirect_from_outside_to_a_name_inside_is_refused(tmp_path: Path) -> None:
    command = ["unshare", "--net", "--mount", "sh", "-c", _NETWORK, "sh", str(tmp_path), sys.executable]
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "LC_ALL"}}
    try:
        ran = subprocess.run(
            command, cwd=REPOSITORY, env=kept, capture_output=True, text=True, timeout=100, check=False
        )
    except FileNotFoundError:
        pytest.skip("there is no `unshare` here")
    if ran.returncode in {1, 99} and not ran.stdout:
        pytest.skip(f"no network of its own here: {ran.stderr[-200:]}")

    said = json.loads(ran.stdout)
    assert (said["lock"]["status"], said["asked"]) == (0, []), said
    assert said["sync"]["status"] == 11
    assert "a redirect leads inside" in said["sync"]["said"]
    assert said["api"]["status"] == 11
    assert "a redirect leads inside" in said["api"]["said"]
    # What the user names may be inside: it answered, though it is no hub.
    assert "does not exist, or has no revision" in said["direct"]["said"]
