"""The program as a process of its own meets liars: an exit status, a message, and no secret anywhere."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.chaos.certificates import CA_VARIABLES
from tests.chaos.lies import LIES, Lie
from tests.chaos.stage import SMALL
from tests.support.program import script

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.chaos.stage import Stage

pytestmark = pytest.mark.timeout(200)
BY_NAME: Mapping[str, Lie] = {lie.name: lie for lie in LIES}


def environment(stage: Stage, home: Path) -> dict[str, str]:
    """Return the environment of a user who has this project, a token, and little patience."""
    kept = {name: value for name, value in os.environ.items() if name not in CA_VARIABLES}
    return kept | {
        "HOME": str(home),
        "MODELS_ROOT": str(stage.project.models_root),
        "HF_ENDPOINT": stage.liar.url,
        "HF_TOKEN": stage.liar.token,
        "HF_HOME": str(home / "hf"),
        "HF_HUB_DOWNLOAD_TIMEOUT": "1",
        "WANSYNC_HTTP_RETRIES": "1",
    }


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("200 for a range", 0),
        ("reason with escape codes", 11),
        ("silent in the body", 11),
        ("403", 12),
        ("another file", 13),
        ("redirect to a user", 11),
    ],
)
def test_program_ends_with_a_status_and_a_message(stage: Stage, tmp_path: Path, name: str, status: int) -> None:
    lie, home = BY_NAME[name], tmp_path / "home"
    home.mkdir()
    stage.liar.lie(lie.fault, at_hub=lie.at_hub)
    options: dict[str, Any] = {"cwd": stage.project.directory, "env": environment(stage, home)}

    ways: tuple[tuple[str, ...], ...] = (("--events", str(tmp_path / "events.jsonl")), ("--json",))
    runs = [script("wansync", "sync", "small", "--frozen", *more, **options) for more in ways]

    text = "".join(ran.stdout + ran.stderr for ran in runs) + (tmp_path / "events.jsonl").read_text()
    kept = b"".join(path.read_bytes() for path in stage.folder.rglob("*") if path.is_file() and path.suffix != ".part")
    assert [ran.status for ran in runs] == [status] * 2, text
    assert "Traceback" not in text
    assert "\x1b" not in text
    assert ("error: " in runs[0].stderr) == bool(status)
    for secret in (stage.liar.token, stage.liar.signature, "someone:"):
        assert secret not in text
        assert secret.encode() not in kept
    assert [path.name for path in home.rglob("*.log")] == []
    if status:
        assert stage.not_healed(SMALL) == []
