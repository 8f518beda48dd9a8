from __future__ import annotations

import pytest

from wansync.sources.origins import Depth, RedirectRefusedError, depth_of, next_hop, origin


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://hub.example/a/b?c#d", ("https", "hub.example", 443)),
        ("https://HUB.example:443/", ("https", "hub.example", 443)),
        ("http://127.0.0.1:8080/x", ("http", "127.0.0.1", 8080)),
        ("https://user:secret@hub.example/", ("https", "hub.example", 443)),
        ("http://[::1]:80/", ("http", "::1", 80)),
        ("http://hub.example:0/", ("http", "hub.example", 0)),
    ],
)
def test_origin_is_scheme_host_and_port(url: str, expected: tuple[str, str, int]) -> None:
    assert expected == origin(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hub.example",
        "file:///etc/passwd",
        "ftp://host/",
        "https://",
        "http://[",
        "//host",
        "https://aßet.test/",
        "https://\u212a.test/",
        "https://a..b/",
        "https://.a/",
        f"https://{'a' * 64}.test/",
        f"https://{'a.' * 130}test/",
        "https://a%62.test/",
        "https://hub.example\\.evil.test/",
        "https://\ud800.test/",
    ],
)
def test_origin_of_what_is_not_the_web_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        origin(url)


@pytest.mark.parametrize("url", ["http://hub.example:99999999/", "http://hub.example:x/"])
def test_origin_with_an_impossible_port_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"[Pp]ort"):
        origin(url)


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/other", "https://hub.example/other"),
        ("other", "https://hub.example/a/other"),
        ("https://cdn.example/x?signature=1", "https://cdn.example/x?signature=1"),
        ("//cdn.example/x", "https://cdn.example/x"),
    ],
)
def test_redirect_leads_where_a_browser_would_go(location: str, expected: str) -> None:
    assert expected == next_hop("https://hub.example/a/b", location)


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://hub.example:x/",
        "https://a..b/",
        f"https://{'a' * 64}.test/",
        "https://aßet.test/",
    ],
)
def test_redirect_that_leaves_the_web_is_refused(location: str) -> None:
    with pytest.raises(RedirectRefusedError, match="leads nowhere"):
        next_hop("https://hub.example/a", location)


def test_redirect_with_a_user_is_refused_without_the_name() -> None:
    with pytest.raises(RedirectRefusedError) as raised:
        next_hop("https://hub.example/a", "https://user:secret@cdn.example/x")

    assert str(raised.value) == "a redirect to cdn.example names a user"


def test_redirect_that_gives_up_encryption_is_refused_without_its_query() -> None:
    with pytest.raises(RedirectRefusedError) as raised:
        next_hop("https://hub.example/a", "http://cdn.example/x?Signature=secret")

    assert str(raised.value) == "a redirect to cdn.example gives up encryption"


def test_redirect_from_http_may_stay_there_or_become_safe() -> None:
    assert next_hop("http://127.0.0.1:1/a", "http://127.0.0.1:2/b") == "http://127.0.0.1:2/b"
    assert next_hop("http://127.0.0.1:1/a", "https://cdn.example/b") == "https://cdn.example/b"


@pytest.mark.parametrize(
    ("host", "depth"),
    [
        ("8.8.8.8", Depth.OUTSIDE),
        ("2606:4700::1111", Depth.OUTSIDE),
        ("hub.example", Depth.OUTSIDE),
        ("10.0.0.5", Depth.NETWORK),
        ("100.64.0.1", Depth.NETWORK),
        ("fd00::1", Depth.NETWORK),
        ("::ffff:192.168.0.1", Depth.NETWORK),
        ("64:ff9b::a00:5", Depth.NETWORK),
        ("2002:a00:5::1", Depth.NETWORK),
        ("127.8.8.8", Depth.MACHINE),
        ("::1", Depth.MACHINE),
        ("::ffff:127.0.0.1", Depth.MACHINE),
        ("64:ff9b::7f00:1", Depth.MACHINE),
        ("localhost", Depth.MACHINE),
        ("localhost.", Depth.MACHINE),
        ("any.localhost", Depth.MACHINE),
        ("169.254.169.254", Depth.LINK),
        ("::ffff:169.254.169.254", Depth.LINK),
        ("::127.0.0.1", Depth.MACHINE),
        ("::8.8.8.8", Depth.OUTSIDE),
        ("fec0::1", Depth.NETWORK),
        ("64:ff9b:1::127.0.0.1", Depth.NETWORK),
        ("168.63.129.16", Depth.LINK),
        ("100.100.100.200", Depth.LINK),
        ("fd00:ec2::254", Depth.LINK),
        ("fe80::1%2", Depth.LINK),
        ("0.0.0.0", Depth.LINK),  # noqa: S104 (nothing is bound)
        ("224.0.0.1", Depth.LINK),
    ],
)
def test_address_is_as_deep_inside_as_what_it_stands_for(host: str, depth: Depth) -> None:
    assert depth_of(host) is depth


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("http://8.8.8.8/", "http://10.0.0.5/"),
        ("http://10.0.0.5/", "http://127.0.0.1/"),
        ("http://10.0.0.5/", "http://localhost./"),
        ("http://127.0.0.1/", "http://169.254.169.254/latest/meta-data/"),
        ("http://127.0.0.1/", "http://[::ffff:169.254.169.254]/"),
    ],
)
def test_redirect_further_inside_is_refused(url: str, location: str) -> None:
    with pytest.raises(RedirectRefusedError, match="leads inside"):
        next_hop(url, location)
