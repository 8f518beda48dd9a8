"""Where things of the user are, and how a run sees that nothing around it has changed."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import platformdirs
import pytest

from wansync.errors import UsageError
from wansync.surroundings import config_file, default_models_root, settings_fingerprint, system_config_file
from wansync.surroundings.servers import network_variables

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize("value", [None, "", "/x/y", "relative", "~/x", " /x ", "/a:/b", "/x/../y"])
@pytest.mark.parametrize("home", ["/home/somebody", "/", "/h/", "", "relative"])
def test_directories_are_those_of_platformdirs(monkeypatch: pytest.MonkeyPatch, value: str | None, home: str) -> None:
    monkeypatch.setenv("HOME", home)
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME") if value is not None else ():
        monkeypatch.setenv(name, value or "")

    assert f"{platformdirs.user_config_dir('wansync', appauthor=False)}/config.toml" == str(config_file())
    assert f"{platformdirs.user_data_dir('wansync', appauthor=False)}/models" == str(default_models_root())


@pytest.mark.parametrize("value", [None, "/x", "/a:/b", ":/b", "", "relative", "~/x"])
def test_system_settings_are_where_platformdirs_has_them(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("XDG_CONFIG_DIRS")
    if value is not None:
        monkeypatch.setenv("XDG_CONFIG_DIRS", value)

    assert f"{platformdirs.site_config_dir('wansync', appauthor=False)}/config.toml" == str(system_config_file())

    monkeypatch.setenv("WANSYNC_CONFIG_FILE", "mine.toml")
    assert system_config_file() is None


def test_config_file_is_named_else_switched_off(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANSYNC_CONFIG_FILE", "mine.toml")
    assert tmp_path / "mine.toml" == config_file()

    monkeypatch.setenv("WANSYNC_NO_CONFIG", "1")
    assert config_file() is None


def changed(monkeypatch: pytest.MonkeyPatch, change: Callable[[pytest.MonkeyPatch], object]) -> bool:
    """Return whether a change of the surroundings changes the fingerprint, and nothing else does."""
    before = settings_fingerprint()
    assert before == settings_fingerprint()
    change(monkeypatch)
    return settings_fingerprint() != before


@pytest.mark.parametrize(
    "name",
    [
        *("WANSYNC_LINK_MODE", "WANSYNC_OF_A_LATER_VERSION", "CI", "HF_ENDPOINT", "HF_HOME", "HF_HUB_OFFLINE"),
        *("MODELS_ROOT", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "HOME", "WAN_MODELS_MANIFEST"),
    ],
)
def test_fingerprint_follows_each_variable(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert changed(monkeypatch, lambda patch: patch.setenv(name, "/1"))
    assert changed(monkeypatch, lambda patch: patch.setenv(name, "/2"))
    assert changed(monkeypatch, lambda patch: patch.setenv(name, ""))


@pytest.mark.parametrize("name", ["HF_TOKEN", "TERM", "AWS_SECRET_ACCESS_KEY"])
def test_fingerprint_depends_on_no_secret_and_no_strangers(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert not changed(monkeypatch, lambda patch: patch.setenv(name, "1"))


def test_fingerprint_follows_the_user_settings_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    monkeypatch.setenv("WANSYNC_CONFIG_FILE", str(file))

    assert changed(monkeypatch, lambda _: file.write_text("retries = 1\n"))
    assert changed(monkeypatch, lambda _: file.write_text("retries = 10\n")), "another size"
    assert changed(monkeypatch, lambda _: os.utime(file, ns=(1, 1))), "another time"
    assert changed(monkeypatch, lambda _: _replace(file)), "another file with the same text and time"
    assert changed(monkeypatch, lambda _: file.unlink())


def test_fingerprint_follows_the_system_settings_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "wansync" / "config.toml"
    file.parent.mkdir()
    monkeypatch.setenv("XDG_CONFIG_DIRS", str(tmp_path))

    assert changed(monkeypatch, lambda _: file.write_text("origin = false\n"))
    assert changed(monkeypatch, lambda _: file.unlink())


def _replace(file: Path) -> None:
    other = file.with_suffix(".new")
    other.write_bytes(file.read_bytes())
    os.utime(other, ns=(1, 1))
    other.rename(file)


def test_fingerprint_of_a_relative_directory_depends_on_the_working_directory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert not changed(monkeypatch, lambda patch: patch.chdir("/"))

    monkeypatch.setenv("MODELS_ROOT", "models")
    assert changed(monkeypatch, lambda patch: patch.chdir(tmp_path))


def test_fingerprint_takes_variables_that_are_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    assert changed(monkeypatch, lambda patch: patch.setenv("WANSYNC_PROFILE", os.fsdecode(b"\xff")))


def test_token_is_no_part_of_the_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    found = set()
    for token in ("first-canary", "second-canary"):
        monkeypatch.setenv("WANSYNC_TOKEN_MODELS_EXAMPLE_COM", token)
        found.add(settings_fingerprint())

    assert len(found) == 1


def test_fingerprint_loads_no_parser_and_no_package() -> None:
    code = (
        "import sys; from wansync.surroundings import settings_fingerprint; settings_fingerprint()\n"
        "print(*sorted({'tomllib', 'platformdirs', 'json', 'dataclasses'} & sys.modules.keys()))"
    )

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == ""


def test_path_below_a_home_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANSYNC_CONFIG_FILE", "~nobody-of-this-name/config.toml")

    assert settings_fingerprint()
    with pytest.raises(UsageError) as caught:
        config_file()
    assert str(caught.value) == "`~nobody-of-this-name/config.toml` needs a home directory, and there is none"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, ""),
        ({"HTTP_PROXY": "up"}, "up"),
        ({"http_proxy": "low"}, "low"),
        ({"HTTP_PROXY": "up", "http_proxy": "low"}, "low"),
        # A web server hands the header `Proxy` of a request to its scripts under this name.
        ({"HTTP_PROXY": "up", "REQUEST_METHOD": "GET"}, ""),
        ({"http_proxy": "low", "REQUEST_METHOD": "GET"}, "low"),
    ],
)
def test_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], expected: str) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert network_variables()["HTTP_PROXY"] == expected


def test_certificates_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CURL_CA_BUNDLE", "/some/file")

    assert network_variables()["CURL_CA_BUNDLE"] == "/some/file"
