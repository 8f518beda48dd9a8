"""Mirrors as they are written: in a variable, in a file, by several origins."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wansync.errors import InvalidConfigError, UsageError
from wansync.settings import OriginKind, choose, from_variables
from wansync.settings.document import parse_config
from wansync.settings.mirror_text import merge_mirrors, parse_mirrors, spell_mirrors
from wansync.settings.mirrors import Mirror, MirrorKind, MirrorMode
from wansync.surroundings import UserDirectories

USER, SYSTEM = Path("/home/ada/config.toml"), Path("/etc/xdg/wansync/config.toml")


def mirrors(text: str) -> tuple[Mirror, ...]:
    return merge_mirrors([parse_mirrors(text)])


def test_variable_names_mirrors_with_their_options() -> None:
    nas, cdn = mirrors("cdn=https://host/w,x/{sha256:.2}/{sha256},priority=120 'nas=file:/my weights,mode=readwrite'")

    assert (nas.url, nas.mode, nas.priority, nas.kind) == ("file:/my weights", MirrorMode.READWRITE, 50, "directory")
    assert (cdn.base, cdn.pattern, cdn.priority) == ("https://host/w,x", "{sha256:.2}/{sha256}", 120)
    assert (nas.reads, nas.writes, cdn.reads, cdn.writes) == (True, True, True, False)


@pytest.mark.parametrize(
    ("url", "kind", "base"),
    [
        ("s3:weights/models/", MirrorKind.S3, "s3:weights/models"),
        ("http://10.0.0.7:8080", MirrorKind.HTTP, "http://10.0.0.7:8080"),
        ("https://[::1]/w", MirrorKind.HTTP, "https://[::1]/w"),
        ("file:/", MirrorKind.DIRECTORY, "file:"),
    ],
)
def test_address_without_placeholders_has_the_layout_of_a_push(url: str, kind: MirrorKind, base: str) -> None:
    (mirror,) = mirrors(f"one={url}")

    assert (mirror.kind, mirror.base, mirror.is_plain) == (kind, base, True)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("one", "`one` is no mirror"),
        ("One=file:/w", "`One` is no name of a mirror"),
        ("one=file:/w,mode=both", "Mirror `one`: `both` is no mode"),
        ("one=file:/w,priority=1001", "Mirror `one`: `1001` is no priority"),
        ("one=file:/w,enabled=maybe", "Mirror `one`: `maybe` is neither yes nor no"),
        ("one=file:/w,mode=read,mode=read", "`one` is no mirror"),
        ("one=file:/w,prio=5", "`one` has no option `prio`"),
        ("one=file:/w,Mode=write,priority=5", "`one` has no option `Mode`"),
        ("one=file:/w two=file:/x one=file:/y", "Mirror `one` is named twice"),
        ("one=ftp://host/w", "Mirror `one`: its address is of no kind that there is"),
        ("one=file:", "Mirror `one`: its address is of no kind that there is"),
        ("one=https://", "Mirror `one`: its address is of no kind that there is"),
        ("one=https:///w", "Mirror `one`: the host is no name of one"),
        ("one=https://{sha256}.host/w", "Mirror `one`: the host is no name of one"),
        ("one=https://host:65536/w", "Mirror `one`: the host is no name of one, or its port is none"),
        ("one=https://host:0", "Mirror `one`: the host is no name of one, or its port is none"),
        (f"one=https://{'h' * 64}/w", "Mirror `one`: the host is no name of one"),
        ("one='file:/w\x00x'", "Mirror `one`: an address must hold no control characters"),
        ("one='https://host/w\nx'", "Mirror `one`: an address must hold no control characters"),
        ("one=s3:w/{sha256}", "Mirror `one`: the bucket is no name of one"),
        ("one=https://host/{sha512}", "Mirror `one`: a brace belongs to none of"),
        ("one=https://host/{repo}", "Mirror `one`: an address with placeholders must have {sha256} or {path}"),
        ("one=https://host/{sha256}/../up", "Mirror `one`: what follows the first placeholder must be plain"),
        ("one=https://host/{sha256}%2f", "Mirror `one`: what follows the first placeholder must be plain"),
        ("one=https://host/w,mode=write", "Mirror `one`: nothing can be pushed to an address of the web"),
        ("one=file:/w/{sha256},mode=write", "Mirror `one`: nothing can be pushed to an address with placeholders"),
        ("one=,priority=3", "Mirror `one` has no `url`"),
        ("one='file:/w", "The list of mirrors has a quote that does not end"),
    ],
)
def test_what_makes_no_sense_is_refused(text: str, reason: str) -> None:
    with pytest.raises(UsageError) as raised:
        mirrors(text)

    assert raised.value.reason.startswith(reason)
    assert raised.value.hint


@pytest.mark.parametrize("secret", ["//ada:canary@host/w", "//host/w?token=canary", "//host/w#canary"])
def test_address_that_may_hold_a_secret_is_refused_and_not_shown(secret: str) -> None:
    with pytest.raises(UsageError, match="must hold no user") as raised:
        mirrors(f"one=https:{secret}")

    assert "canary" not in f"{raised.value.reason} {raised.value.hint}"


def test_origins_are_put_together_key_by_key() -> None:
    chosen = choose(
        [
            from_variables({"WANSYNC_MIRRORS": "company=,priority=10 mine=file:/fast"}),
            parse_config(
                b'[mirrors.company]\nenabled = true\nmode = "readwrite"\n[mirrors.gone]\nenabled = false', USER
            ),
            parse_config(b'[mirrors.company]\nurl = "file:weights"\nenabled = false', SYSTEM, OriginKind.SYSTEM),
        ],
        UserDirectories(),
    )["mirrors"]

    company, mine = chosen.value
    assert (company.url, company.priority, company.enabled) == ("file:/etc/xdg/wansync/weights", 10, True)
    assert (company.mode, company.given) == (MirrorMode.READWRITE, f"system config: {SYSTEM}")
    assert (mine.name, mine.given) == ("mine", "environment: WANSYNC_MIRRORS")
    assert chosen.origin.name == "WANSYNC_MIRRORS"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (b"\n[mirrors.one]\nurl = 5", "line 3, `mirrors.one.url`: expected a string"),
        (b"[mirrors.one]\nurl = 'file:/w'\npath = 'x'", "line 3, `mirrors.one.path`: unknown key"),
        (b"[mirrors.one]\nurl = 'w'", "`mirrors.one`: Mirror `one`: its address is of no kind"),
        (b"mirrors = 'one=file:/w'", "`mirrors`: expected a table"),
    ],
)
def test_file_says_where_it_is_wrong(text: bytes, where: str) -> None:
    with pytest.raises(InvalidConfigError) as raised:
        parse_config(text, USER)

    assert where in raised.value.reason


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("[mirrors.one]\nurl = 'file:/w'\nprioriti = 3", "Did you mean `priority`?"),
        ("[mirrors.one]\nurl = 'file:/w'\npath = 'x'", "Known: enabled, mode, priority, url"),
        ("[mirror.one]\nurl = 'file:/w'", "Did you mean `mirrors`?"),
        ("[http.'models.example.com']\nurl_env = 'URL'", "Did you mean `https`?"),
        ("[https.'models.example.com']\nurlenv = 'URL'", "Did you mean `url_env`?"),
    ],
)
def test_key_that_is_misspelled_is_told_which_one_was_meant(text: str, hint: str) -> None:
    with pytest.raises(InvalidConfigError) as raised:
        parse_config(text.encode(), USER)

    assert raised.value.hint == hint


@given(
    st.lists(
        st.builds(
            "{}={}{}".format,
            st.sampled_from(["a", "b-2", "c.d"]),
            st.sampled_from(["file:/w", "file:/a b", "s3:bucket/x", "https://h/x/{sha256}", "http://h:80"]),
            st.sampled_from(["", ",priority=7", ",enabled=no", ",mode=read,priority=100"]),
        ),
        max_size=3,
        unique_by=lambda text: text.partition("=")[0],
    )
)
def test_mirrors_are_read_as_they_are_spelled(texts: list[str]) -> None:
    made = merge_mirrors([parse_mirrors(" ".join(f"'{text}'" for text in texts))])

    assert merge_mirrors([parse_mirrors(spell_mirrors(made))]) == made
    assert [mirror.priority for mirror in made] == sorted(mirror.priority for mirror in made)
