"""A real gnome-keyring on a message bus of its own; `.ci/run` installs both."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SCRIPT = """
echo -n pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
echo "$DBUS_SESSION_BUS_ADDRESS"
exec cat
"""


def why_not() -> str:
    """Return why there can be no such session here; empty where there can."""
    missing = [name for name in ("dbus-run-session", "gnome-keyring-daemon") if not shutil.which(name)]
    return f"not installed: {', '.join(missing)}" if missing else ""


class KeyringSession:
    """An unlocked keyring.

    Args:
        folder: where it keeps what it keeps.

    Attributes:
        variables: with which a program finds it, and nothing of the user's.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        run = folder / "run"
        run.mkdir(mode=0o700)
        places = {"HOME": str(folder), "XDG_DATA_HOME": str(folder / "data"), "XDG_RUNTIME_DIR": str(run)}
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", **places}
        self._process = subprocess.Popen(
            ["dbus-run-session", "--", "sh", "-c", _SCRIPT],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout
        self.address = self._process.stdout.readline().strip()
        self.variables = {
            **places,
            "DBUS_SESSION_BUS_ADDRESS": self.address,
            "PYTHON_KEYRING_BACKEND": "keyring.backends.SecretService.Keyring",
        }

    def close(self) -> None:
        """End the keyring and its bus."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(timeout=20)

    def lock(self) -> None:
        """Lock the keyring, as a screen saver may."""
        # In a process of its own: the library's connection would outlive the test.
        code = "import secretstorage as s; c = s.dbus_init(); [each.lock() for each in s.get_all_collections(c)]"
        environment = {"PATH": os.environ["PATH"], **self.variables}
        subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True, timeout=30)
