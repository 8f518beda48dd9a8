from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING

import pytest

from wansync.errors import AuthFailError
from wansync.redaction import redact
from wansync.sources.credentials.given import Given

if TYPE_CHECKING:
    from pathlib import Path

    from wansync.sources.credential import Credential

HUB = ("https", "huggingface.co", 443)
MODELS = ("https", "models.example.com", 443)
NETRC = "machine models.example.com login ada password netrc-canary\ndefault login a password for-anybody\n"


def given(variables: dict[str, str], home: Path | None = None) -> Given:
    return Given(variables, home, HUB)


def shown(found: Credential | None) -> tuple[str, str] | None:
    return (found.header, str(found.place)) if found else None


def netrc(home: Path, text: str = NETRC) -> Path:
    path = home / (".netrc" if os.name == "posix" else "_netrc")
    path.write_text(text)
    path.chmod(0o600)
    return path


def test_token_of_a_variable_is_for_its_host_alone() -> None:
    credentials = given({"WANSYNC_TOKEN_models_example_com": " tok-canary\n"})

    assert shown(credentials.explicit(MODELS)) == (
        "Bearer tok-canary",
        "variable WANSYNC_TOKEN_models_example_com",
    )
    for other in [HUB, ("https", "models.example.com", 8443), ("http", "models.example.com", 80)]:
        assert credentials.explicit(other) is None


def test_variable_of_the_hubs_client_is_for_the_hub_alone() -> None:
    credentials = given({"HF_TOKEN": "hf_canary"})

    assert shown(credentials.explicit(HUB)) == ("Bearer hf_canary", "variable HF_TOKEN")
    assert credentials.explicit(MODELS) is None


def test_mounted_file_is_read_each_time(tmp_path: Path) -> None:
    credentials = given({"WANSYNC_CREDENTIALS_DIR": str(tmp_path)})
    assert credentials.explicit(MODELS) is None

    for token in ("first-token", "second-token"):
        (tmp_path / "models.example.com").write_text(f"{token}\n")
        found = credentials.explicit(MODELS)
        assert found
        assert found.header == f"Bearer {token}"


def test_service_of_systemd_has_its_credentials_beside_those_of_others(tmp_path: Path) -> None:
    (tmp_path / "models.example.com").write_text("of-another-program")
    (tmp_path / "wansync.huggingface.co").write_text("hf_of_systemd")
    credentials = given({"CREDENTIALS_DIRECTORY": str(tmp_path)})

    assert credentials.explicit(MODELS) is None
    found = credentials.explicit(HUB)
    assert found
    assert found.header == "Bearer hf_of_systemd"


def test_file_that_cannot_be_read_is_an_error_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "models.example.com").mkdir()

    with pytest.raises(AuthFailError, match=r"cannot be read from `.*models\.example\.com`"):
        given({"WANSYNC_CREDENTIALS_DIR": str(tmp_path)}).explicit(MODELS)


@pytest.mark.parametrize("text", ["\ufefftoken-canary\r\n", "token-canary\r\n", "\n token-canary"])
def test_token_file_is_read_as_editors_leave_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "models.example.com").write_bytes(text.encode())

    found = given({"WANSYNC_CREDENTIALS_DIR": str(tmp_path)}).explicit(MODELS)

    assert found
    assert found.header == "Bearer token-canary"


def test_malformed_token_is_an_error_that_does_not_show_it() -> None:
    with pytest.raises(AuthFailError) as raised:
        given({"WANSYNC_TOKEN_MODELS_EXAMPLE_COM": "two words-canary"}).explicit(MODELS)

    assert "canary" not in f"{raised.value}{raised.value.to_dict()}{raised.value.__context__!r}"
    assert "`WANSYNC_TOKEN_MODELS_EXAMPLE_COM`" in raised.value.hint
    # `wansync auth status` shows the reason alone.
    assert "variable `WANSYNC_TOKEN_MODELS_EXAMPLE_COM`" in raised.value.reason


def test_token_file_of_the_hubs_client_is_where_that_keeps_it(tmp_path: Path) -> None:
    folder = tmp_path / ".cache" / "huggingface"
    folder.mkdir(parents=True)
    (folder / "token").write_text("hf_of_the_client")

    cases = [({}, tmp_path), ({"HF_HOME": str(folder)}, None), ({"HF_HOME": "~/.cache/huggingface"}, tmp_path)]
    for variables, home in cases:
        found = given(variables, home).ambient(HUB)
        assert found
        assert (found.header, str(found.place)) == ("Bearer hf_of_the_client", f"token file {folder / 'token'}")


def test_netrc_is_a_name_and_a_password_for_one_host(tmp_path: Path) -> None:
    path = netrc(tmp_path)

    found = given({}, tmp_path).ambient(MODELS)

    pair = base64.b64encode(b"ada:netrc-canary").decode()
    assert shown(found) == (f"Basic {pair}", f"netrc {path}")
    assert repr(found) == str(found) == "***"
    assert given({}, tmp_path).ambient(("https", "other.example.com", 443)) is None
    assert given({}, tmp_path).ambient(("http", "models.example.com", 80)) is None
    assert given({}, tmp_path).ambient(HUB) is None
    assert redact(f"netrc-canary {pair}") == "*** ***"


def test_netrc_may_have_capitals_and_its_default_is_no_host(tmp_path: Path) -> None:
    netrc(tmp_path, NETRC.replace("models.example", "Models.Example"))

    assert given({}, tmp_path).ambient(MODELS) is not None
    assert given({}, tmp_path).ambient(("https", "default", 443)) is None


def test_netrc_that_others_may_read_is_not_used(tmp_path: Path) -> None:
    netrc(tmp_path).chmod(0o644)
    said: list[str] = []

    assert Given({}, tmp_path, HUB, said.append).ambient(MODELS) is None
    assert "others than its owner may read it" in said[0]


def test_broken_netrc_is_told_without_what_it_says(tmp_path: Path) -> None:
    netrc(tmp_path, "machine models.example.com login ada pasword netrc-canary")
    said: list[str] = []

    assert Given({}, tmp_path, HUB, said.append).ambient(MODELS) is None
    assert said
    assert "canary" not in said[0]


def test_netrc_that_is_named_may_be_a_mounted_one(tmp_path: Path) -> None:
    path = netrc(tmp_path)
    path.chmod(0o444)

    assert given({"NETRC": str(path)}).ambient(MODELS) is not None


def test_origins_that_something_is_given_for_are_known(tmp_path: Path) -> None:
    mounted = tmp_path / "mounted"
    mounted.mkdir()
    (mounted / "http_mirror.lan_8080").write_text("x")
    netrc(tmp_path)
    variables = {"WANSYNC_TOKEN_A_EXAMPLE": "x", "WANSYNC_CREDENTIALS_DIR": str(mounted)}

    found = set(given(variables, tmp_path).origins())

    assert found == {("https", "a.example", 443), ("http", "mirror.lan", 8080), MODELS}
