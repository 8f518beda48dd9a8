"""The hint of an error helps: whoever does what it says gets what the command was for."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.functional.error_cases import CASES, UMT5
from tests.support.project import content, wansync
from wansync.errors import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.project import ProjectBuilder

ELSEWHERE = {
    ErrorCode.AUTH_FAIL: "test_hub_tokens.py",
    ErrorCode.DIGEST_UNKNOWN: "test_https.py",
    ErrorCode.GATED_REPO: "test_hub_tokens.py",
    ErrorCode.EXTRA_MISSING: "installing takes minutes: `make wan`",
    ErrorCode.INVALID_COMPONENTS: "test_wan_check.py",
    ErrorCode.NOT_SUPPORTED: "tests/wan/test_smoke.py: it needs torch",
    ErrorCode.SMOKE_FAIL: "tests/wan/test_smoke.py: it needs torch",
    ErrorCode.SMOKE_TIMEOUT: "tests/wan/test_smoke.py: it needs torch",
    ErrorCode.INTERNAL: "nothing but a report helps",
    ErrorCode.NETWORK_FAIL: "test_hub_failures.py",
    ErrorCode.NO_KEYRING: "test_auth.py",
    ErrorCode.OFFLINE_MISSING: "test_hub_transfer.py: it needs a hub",
    ErrorCode.RATE_LIMITED: "test_hub_failures.py",
    ErrorCode.STORE_FAIL: "nothing but a newer wansync helps",
}


def lock(_: ProjectBuilder) -> None:
    assert wansync("lock").status == 0


def edit_umt5(**keys: object) -> Callable[[ProjectBuilder], None]:
    """Return what sets keys of the component `umt5`; `None` removes one."""

    def edit(project: ProjectBuilder) -> None:
        component = project.manifest["components"]["umt5"]
        component.update(keys)
        project.manifest["components"]["umt5"] = {key: value for key, value in component.items() if value is not None}
        project.write()

    return edit


def spell_revision(project: ProjectBuilder) -> None:
    text = project.manifest_path.read_text().replace("revison", "revision")
    project.manifest_path.write_text(text)
    assert "SOURCE_FAIL" in wansync("lock", "--json").stdout, "it is understood now; that it is none of `file:` is next"
    edit_umt5(revison=None)(project)


def restore(project: ProjectBuilder) -> None:
    project.write()


def mend(project: ProjectBuilder) -> None:
    project.files[UMT5] = content("umt5", 4000)
    project.write()
    lock(project)


def begin(project: ProjectBuilder) -> None:
    assert wansync("add", "file:weights/shared", "--component", "umt5", "--kind", "text_encoder").status == 0


def copy_here(project: ProjectBuilder) -> None:
    shutil.copytree(project.directory / "weights" / "shared", project.directory / "copy")
    edit_umt5(source="file:copy")(project)


def nothing(_: ProjectBuilder) -> None:
    """The other process is gone by now."""


def plan_again(project: ProjectBuilder) -> None:
    lock(project)
    assert wansync("plan", "--out", "saved.json").status == 0


def correct_config(project: ProjectBuilder) -> None:
    lock(project)
    (project.directory / "config.toml").write_text('link_mode = "copy"\n')


HELP: dict[ErrorCode, tuple[Callable[[ProjectBuilder], None], str]] = {
    ErrorCode.CHECKSUM_FAIL: (lock, "sync"),
    ErrorCode.INTERRUPTED: (nothing, "sync"),
    ErrorCode.INVALID_INPUT: (nothing, "wan vram alpha --size 1280x720 --frames 81"),
    ErrorCode.INVALID_CONFIG: (correct_config, "status --config-file config.toml"),
    ErrorCode.INVALID_LISTING: (edit_umt5(include=None), "lock"),
    ErrorCode.INVALID_LOCK: (lock, "status"),
    ErrorCode.INVALID_MANIFEST: (spell_revision, "lock"),
    ErrorCode.INVALID_PLAN: (plan_again, "sync --plan saved.json"),
    ErrorCode.INVALID_WEIGHTS: (mend, "sync"),
    ErrorCode.LOCK_CONFLICT: (lock, "sync"),
    ErrorCode.LOCK_MISSING: (lock, "status"),
    ErrorCode.LOCK_STALE: (lock, "sync --frozen"),
    ErrorCode.LOCK_TIMEOUT: (nothing, "sync"),
    ErrorCode.MANIFEST_MISSING: (begin, "lock"),
    ErrorCode.NOT_FOUND: (restore, "sync"),
    ErrorCode.NO_SPACE: (nothing, "sync --min-free 0"),
    ErrorCode.NO_VRAM: (
        nothing,
        "wan vram alpha --size 1280x720 --frames 81 --memory 24GiB --offload group",
    ),
    ErrorCode.PATH_UNSAFE: (edit_umt5(exclude=["aux.json"]), "lock"),
    ErrorCode.PLAN_STALE: (plan_again, "sync --plan saved.json"),
    ErrorCode.POLICY_DENIED: (edit_umt5(exclude=["*.bin"]), "lock"),
    ErrorCode.SOURCE_FAIL: (edit_umt5(revision=None), "lock"),
    ErrorCode.SOURCE_UNSUPPORTED: (copy_here, "lock"),
    ErrorCode.TERMINATED: (nothing, "sync"),
    ErrorCode.UNKNOWN_MODEL: (nothing, "ensure alpha@small"),
    ErrorCode.USAGE: (nothing, "sync alpha@1.0:small"),
}


@pytest.mark.parametrize("code", HELP, ids=str)
def test_hint_helps(project: ProjectBuilder, code: ErrorCode) -> None:
    helped, command = HELP[code]
    failed = json.loads(CASES[code](project).stdout)
    assert failed["error"]["code"] == code

    helped(project)

    assert wansync(*command.split()).status == 0


def test_every_hint_is_tried_here_or_elsewhere() -> None:
    assert {*HELP} | {*ELSEWHERE} == {*ErrorCode}
    assert {*HELP} & {*ELSEWHERE} == set()
