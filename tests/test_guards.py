"""The guards of `conftest.py` guard."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from jsonschema import ValidationError

from tests.conftest import REAL_HOME, GuardError
from tests.support import program
from tests.support.documents import check_output
from wansync.api import Project

if TYPE_CHECKING:
    from pathlib import Path


ERROR = {"code": "X", "message": "m", "hint": "h", "exit_status": 2, "facts": {}}


def test_network_beyond_loopback_raises() -> None:
    with socket.socket() as connection, pytest.raises(GuardError, match="network access"):
        connection.connect(("192.0.2.1", 80))


@pytest.mark.parametrize("name", [".cache/huggingface/token", ".local/share/wansync/models/VERSION", ".netrc"])
def test_real_home_raises(name: str) -> None:
    with pytest.raises(GuardError, match="access to"):
        (REAL_HOME / name).read_bytes()


def test_store_that_nobody_chose_cannot_be_made(tmp_path: Path) -> None:
    store = Project(tmp_path)._workspace().store()

    with pytest.raises(FileExistsError, match="home-is-a-file"):
        store.prepare()


def test_process_whose_json_nobody_checks_raises() -> None:
    with pytest.raises(GuardError, match="which checks the document"):
        subprocess.run([sys.executable, "-m", "wansync", "status", "--json"], check=False)
    with pytest.raises(GuardError, match="which checks the document"):
        subprocess.run(["sh", "-c", "wansync status --json"], check=False)


@pytest.mark.parametrize(
    ("status", "stdout"),
    [
        (0, ""),
        (0, "COMPLETE\n"),
        (0, "{}\n{}\n"),
        (0, '{"format_version": "1.0", "store": "/s", "models": [], "more": 1}'),
        (1, json.dumps({"format_version": "1.0", "error": ERROR})),
    ],
    ids=["nothing", "text", "two documents", "a key that no schema has", "another status"],
)
def test_document_that_is_not_what_its_schema_says_raises(status: int, stdout: str) -> None:
    with pytest.raises((AssertionError, ValidationError)):
        check_output(["status", "--json"], status, stdout)


def test_process_is_checked_as_a_run_in_this_process_is(tmp_path: Path) -> None:
    process = program.start(sys.executable, "-c", "print('no document')", "--json")

    with pytest.raises(AssertionError, match="printed no JSON document"):
        program.finish(process, ("status", "--json"))
