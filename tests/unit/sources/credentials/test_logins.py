"""The file that names who has a token in the keyring."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from wansync.sources.credentials.logins import logins_document, logins_held, read_logins

if TYPE_CHECKING:
    from pathlib import Path


def test_nobody_is_lost_who_logs_in_at_the_same_time(tmp_path: Path) -> None:
    path = tmp_path / "wansync" / "logins.json"

    def log_in(port: int) -> None:
        with logins_held(path):
            known = read_logins(path)
            # Long enough for the others to read the same.
            time.sleep(0.01)
            path.write_bytes(logins_document([*known, ("https", "example.com", port)]))

    threads = [threading.Thread(target=log_in, args=(port,)) for port in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {web[2] for web in read_logins(path)} == set(range(1, 9))
