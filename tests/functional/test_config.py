"""`wansync config`, and where settings come from when commands run."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.functional.output import document, shown
from tests.support.project import wansync
from wansync import Project
from wansync.cli.fastpath import answer
from wansync.errors import InvalidConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.hub_project import HubProject
    from tests.support.project import ProjectBuilder


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The path of the user's settings, which are not there yet."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    path = tmp_path / "config" / "wansync" / "config.toml"
    path.parent.mkdir(parents=True)
    return path


def origin_of(name: str, *arguments: str) -> tuple[object, str, str | None]:
    """Return the value of a setting and where it came from, as `wansync config` has it."""
    found = document("config", wansync("config", "--json", *arguments))
    (setting,) = [setting for setting in found["settings"] if setting["name"] == name]
    return setting["value"], setting["origin"]["kind"], setting["origin"]["name"]


def test_config_shows_each_setting_and_its_origin(
    project: ProjectBuilder, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config.write_text('lock_timeout = 5\nhub_endpoint = "https://me:secret@hub.test/path?key=secret"\n')
    project.manifest["settings"] = {"link_mode": "copy", "deny_license": ["cc-by-nc-4.0", "other"]}
    project.write()
    monkeypatch.delenv("HF_ENDPOINT")
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setenv("CI", "true")

    ran = wansync("config", "--profile", "all")

    assert "secret" not in ran.stdout
    home, system = os.environ["HOME"], f"{os.environ['XDG_CONFIG_DIRS']}/wansync/config.toml"
    assert shown(ran, project).replace(str(config), "[CONFIG]").replace(home, "[HOME]").replace(system, "[SYSTEM]") == (
        "models_root       [STORE]  environment: MODELS_ROOT\n"
        "profile           all                                               flag: --profile\n"
        "frozen            yes                                               environment: CI\n"
        "offline           no                                                default\n"
        "link_mode         copy                                              project: [PROJECT]/models.toml\n"
        "lock_timeout      5                                                 user config: [CONFIG]\n"
        "min_free          0                                                 environment: WANSYNC_MIN_FREE\n"
        "max_size          -                                                 default\n"
        "keep_generations  1                                                 default\n"
        "root_name         -                                                 default\n"
        "allow_license     -                                                 default\n"
        "deny_license      cc-by-nc-4.0, other                               project: [PROJECT]/models.toml\n"
        "http_retries      4                                                 default\n"
        "jobs              16                                                default\n"
        "limit_rate        -                                                 default\n"
        "max_download      -                                                 default\n"
        "first             -                                                 default\n"
        "transport         builtin                                           default\n"
        "hub_endpoint      https://***@hub.test/path                         user config: [CONFIG]\n"
        "hub_cache         [HOME]/.cache/huggingface/hub  default\n"
        "mirrors           -                                                 default\n"
        "origin            yes                                               default\n"
        "no_hub_cache      no                                                default\n"
        "s3_endpoint       -                                                 default\n"
        "s3_region         -                                                 default\n"
        "s3_anonymous      no                                                default\n"
        "\n"
        "config            [CONFIG]\n"
        "system_config     [SYSTEM]\n"
        "project           [PROJECT]\n"
        "manifest          [PROJECT]/models.toml\n"
        "lock              [PROJECT]/models.lock\n"
        "store             [STORE]\n"
        "hub_cache         [HOME]/.cache/huggingface/hub\n"
        "logs              [HOME]/.local/state/wansync/log\n"
        "HF_TOKEN          ***\n"
        "--- stderr\n"
        "--- status 0\n"
    )


def test_config_as_json_hides_secrets(project: ProjectBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "https://me:secret@hub.test")
    monkeypatch.setenv("HF_TOKEN", "hf_secret")

    ran = wansync("config", "--json")

    assert "secret@" not in ran.stdout
    assert "hf_secret" not in ran.stdout
    assert document("config", ran)["secrets"] == {"HF_TOKEN": True}


def test_flag_wins_over_environment_over_user_over_project(
    project: ProjectBuilder, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert origin_of("link_mode") == ("auto", "default", None)

    project.manifest["settings"] = {"link_mode": "copy"}
    project.write()
    assert origin_of("link_mode") == ("copy", "project", str(project.manifest_path))

    config.write_text('link_mode = "symlink"\n')
    assert origin_of("link_mode") == ("symlink", "user_config", str(config))

    monkeypatch.setenv("WANSYNC_LINK_MODE", "hardlink")
    assert origin_of("link_mode") == ("hardlink", "environment", "WANSYNC_LINK_MODE")
    assert wansync("sync", "--link-mode", "copy").status == 0
    assert _is_copied(project)


def _is_copied(project: ProjectBuilder) -> bool:
    views = [path for path in project.snapshot() if path.endswith(".safetensors") and path.startswith("views")]
    return all((project.models_root / path).stat().st_nlink == 1 for path in views)


def test_project_and_user_settings_count_when_a_command_runs(project: ProjectBuilder, config: Path) -> None:
    project.manifest["settings"] = {"link_mode": "copy"}
    project.write()

    assert wansync("sync").status == 0
    assert _is_copied(project)

    config.write_text('min_free = "100%"\n')
    blob = project.blob("shared/text_encoder/model.safetensors")
    blob.unlink()
    # The variable of the tests' guard would win.
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("WANSYNC_MIN_FREE")
        assert wansync("sync").status == 14


def test_settings_of_the_project_are_not_locked(project: ProjectBuilder) -> None:
    assert wansync("lock").status == 0
    before = project.lock_path.read_bytes()
    project.manifest["settings"] = {"link_mode": "copy", "allow_license": ["mit"]}
    project.write()

    ran = wansync("sync", "--frozen")

    assert (ran.status, project.lock_path.read_bytes()) == (0, before)
    project.manifest_path.unlink()
    assert wansync("sync", "--frozen").status == 0, "without a manifest its settings simply are not there"
    assert origin_of("link_mode") == ("auto", "default", None)


def test_policy_of_the_project_holds_for_every_command_that_locks(project: ProjectBuilder) -> None:
    project.manifest["components"]["umt5"]["license"] = "cc-by-nc-4.0"
    project.manifest["settings"] = {"deny_license": ["CC-BY-NC-4.0"]}
    project.write()

    assert [wansync(command).status for command in ("lock", "sync")] == [16, 16]
    assert wansync("lock", "--deny-license", "other").status == 0, "a flag is the user's word"
    assert wansync("lock", "--check").status == 16


def lock_until_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lock until the fast path says that there is nothing to do; what is too new must age first."""
    monkeypatch.setattr("sys.argv", ["wansync", "lock"])
    for _ in range(20):
        time.sleep(0.03)
        assert wansync("lock").status == 0
        if answer(["lock"]) == 0:
            return
    raise AssertionError("the fast path never answers")


def test_judged_lock_is_judged_again_each_time(hub_project: HubProject, monkeypatch: pytest.MonkeyPatch) -> None:
    lock_until_known(monkeypatch)
    hub_project.manifest["settings"] = {"deny_license": ["other"]}
    hub_project.write()

    assert wansync("lock", "--deny-license", "another").status == 0

    assert answer(["lock"]) is None, "the flag was for that run only"


@pytest.mark.usefixtures("hub_locked")
def test_user_settings_may_deny_what_was_locked_before(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock_until_known(monkeypatch)
    config.write_text('deny_license = ["mit"]\n')

    assert answer(["lock"]) is None
    assert wansync("lock").status == 16


@pytest.mark.parametrize("key", ["offline", "models_root", "hub_endpoint", "min_free"])
def test_project_cannot_choose_for_its_user(project: ProjectBuilder, key: str) -> None:
    project.manifest["settings"] = {key: "x"}
    project.write()

    ran = wansync("status")

    assert ran.status == 2
    assert f"`settings.{key}`: no project can set this\n" in ran.stderr


def test_directory_in_the_user_settings_is_relative_to_them(
    project: ProjectBuilder, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MODELS_ROOT")
    config.write_text('models_root = "../models"\n')

    assert origin_of("models_root") == (str(config.parent.parent / "models"), "user_config", str(config))


def test_file_of_this_run_and_none(project: ProjectBuilder, config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config.write_text("not toml")
    other = project.directory / "other.toml"
    other.write_text("lock_timeout = 9\n")

    assert wansync("config").status == 2
    assert origin_of("lock_timeout", "--no-config") == (300.0, "default", None)
    assert origin_of("lock_timeout", "--config-file", "other.toml") == (9.0, "user_config", str(other))
    assert wansync("config").status == 2, "a run's choice ends with it"
    monkeypatch.setenv("WANSYNC_CONFIG_FILE", str(other))
    assert origin_of("lock_timeout") == (9.0, "user_config", str(other))
    monkeypatch.setenv("WANSYNC_NO_CONFIG", "1")
    assert origin_of("lock_timeout") == (300.0, "default", None)


def test_named_file_has_to_be_there(project: ProjectBuilder) -> None:
    ran = wansync("status", "--config-file", "none.toml")

    assert shown(ran, project) == (
        "--- stderr\n"
        "error: There is no file `[PROJECT]/none.toml`\n"
        "hint: Correct the path, or leave out `--config-file` and WANSYNC_CONFIG_FILE\n"
        "--- status 2\n"
    )


@pytest.mark.timeout(20)
def test_user_settings_that_cannot_be_read_are_refused_at_once(project: ProjectBuilder, config: Path) -> None:
    os.mkfifo(config)

    ran = wansync("status")

    assert ran.status == 2
    assert ran.stderr.startswith("error: `config.toml` cannot be read: it is no regular file\n")


def test_api_heeds_the_user_settings(project: ProjectBuilder, config: Path) -> None:
    config.write_text('link_mode = "copy"\n')
    project.api().sync()
    assert _is_copied(project)

    config.write_text("link_mode = 1\n")
    with pytest.raises(InvalidConfigError):
        Project(project.directory)


def test_get_prints_values_for_a_script(project: ProjectBuilder) -> None:
    ran = wansync("config", "get", "MODELS_ROOT", "link-mode")

    assert shown(ran, project) == (
        "[STORE]\nauto\n--- stderr\nmodels_root: environment: MODELS_ROOT\nlink_mode: default\n--- status 0\n"
    )
    values = document("config", wansync("config", "get", "link_mode", "--json"))["settings"]
    assert values == [{"name": "link_mode", "value": "auto", "origin": {"kind": "default", "name": None}}]


def test_get_of_what_is_no_setting_is_refused(project: ProjectBuilder) -> None:
    ran = wansync("config", "get", "link_mod")

    assert (ran.status, ran.stderr) == (
        2,
        "error: There is no setting `link_mod`\nhint: Did you mean `link_mode`?\n",
    )


def test_option_before_get_is_not_lost_without_a_word(project: ProjectBuilder) -> None:
    ran = wansync("config", "--json", "get", "link_mode")

    assert ran.status == 2
    assert "Write options after `get`" in ran.stderr


def test_path_is_that_of_the_user_settings(project: ProjectBuilder, config: Path) -> None:
    ran = wansync("config", "path")
    assert (ran.stdout, ran.stderr) == (f"{config}\n", "There is no such file yet\n")

    config.write_text("")
    assert wansync("config", "path").stderr == ""
    assert document("config", wansync("config", "path", "--json"))["paths"]["config"] == str(config)
    assert wansync("config", "path", "--no-config").status == 2


def test_no_home_is_no_reason_to_fail(project: ProjectBuilder) -> None:
    code = (
        "import os, pwd\n"
        "del os.environ['HOME']\n"
        "pwd.getpwuid = lambda uid: (_ for _ in ()).throw(KeyError(uid))\n"
        "from wansync.cli.app import run\n"
        "raise SystemExit(run(['config']))"
    )

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert "\nconfig            -\n" in ran.stdout
