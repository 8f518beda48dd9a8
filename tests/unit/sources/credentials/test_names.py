from __future__ import annotations

import pytest

from wansync.sources.credentials.names import (
    file_name,
    host_of_variable,
    origin_of_file,
    parse_origin,
    spell_origin,
    variable_names,
)

MODELS = ("https", "models.example.com", 443)


@pytest.mark.parametrize(
    ("web", "variable", "file"),
    [
        (MODELS, "WANSYNC_TOKEN_MODELS_EXAMPLE_COM", "models.example.com"),
        (("https", "models-eu.example.com", 8443), "WANSYNC_TOKEN_MODELS__EU_EXAMPLE_COM_8443", None),
        (("https", "127.0.0.1", 443), "WANSYNC_TOKEN_127_0_0_1", "127.0.0.1"),
        (("https", "127.0.0.1", 8443), "WANSYNC_TOKEN_127_0_0_1_8443", "127.0.0.1_8443"),
        (("https", "mirror", 443), "WANSYNC_TOKEN_MIRROR", "mirror"),
    ],
)
def test_names_of_an_origin_lead_back_to_it(web: tuple[str, str, int], variable: str, file: str | None) -> None:
    assert variable_names(web) == (variable,)
    assert host_of_variable(variable) == web
    if file:
        assert file_name(web) == file
        assert origin_of_file(file) == web
    assert parse_origin(spell_origin(web)) == web


def test_hosts_that_look_alike_have_variables_of_their_own() -> None:
    alike = ["a-b.example", "a.b.example", "a.b-example", "a--b.example", "a-.b.example"]

    names = [variable_names(("https", host, 443)) for host in alike]

    assert len(set(names)) == len(alike)


@pytest.mark.parametrize("host", ["a_b.example", "::1"])
def test_host_that_could_be_read_in_two_ways_has_no_variable_and_no_file(host: str) -> None:
    assert variable_names(("https", host, 443)) == ()
    assert file_name(("https", host, 443)) is None


def test_token_in_a_variable_does_not_go_over_a_line_in_the_clear() -> None:
    assert variable_names(("http", "models.example.com", 80)) == ()
    assert variable_names(("http", "127.0.0.1", 8080)) == ("WANSYNC_TOKEN_127_0_0_1_8080",)


def test_file_for_http_says_so() -> None:
    assert file_name(("http", "mirror.lan", 8080)) == "http_mirror.lan_8080"
    assert origin_of_file("http_mirror.lan_8080") == ("http", "mirror.lan", 8080)


@pytest.mark.parametrize(
    "text", ["models.example.com", "https://models.example.com", "HTTPS://Models.Example.com:443/"]
)
def test_origin_is_read_as_people_write_it(text: str) -> None:
    assert parse_origin(text) == MODELS


@pytest.mark.parametrize("text", ["https://user:password@h/", "https://h/path", "h?x", "ftp://h", "", "h#f", "h:port"])
def test_what_is_more_than_an_origin_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_origin(text)


@pytest.mark.parametrize("name", ["WANSYNC_TOKEN_", "WANSYNC_TOKEN_A B", "WANSYNC_TOKEN_A_99999"])
def test_variable_without_a_host_is_for_nobody(name: str) -> None:
    assert host_of_variable(name) is None
