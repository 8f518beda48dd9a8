"""Each fault of a body does what it says, and nothing else."""

from __future__ import annotations

from contextlib import ExitStack
from hashlib import sha256
from http.client import HTTPConnection, IncompleteRead
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.hub.clients import Reply, ask, download, python_client
from tests.hub.conftest import FILES, NAME, SHARD
from tests.support.hub import Faults, Hub, Virtual

if TYPE_CHECKING:
    from tests.hub.conftest import Tiny

DATA = FILES[SHARD]


def fetch(tiny: Tiny, path: str = SHARD, *, status: int | None = None, **headers: str) -> Reply:
    """Ask for a file as any client would: at the hub, then wherever it says."""
    reply = ask(f"{tiny.files}/{path}", **headers)
    while reply.status in {302, 307}:
        reply = ask(reply.headers["location"], **headers)
    assert status in (None, reply.status)
    return reply


@pytest.mark.parametrize(
    ("wanted", "start", "stop"),
    [
        ("bytes=10-", 10, 300_000),
        ("bytes=10-19", 10, 20),
        ("bytes=-5", 299_995, 300_000),
        ("bytes=9-999999", 9, 300_000),
    ],
)
@pytest.mark.parametrize("path", [SHARD, "README.md"], ids=["large", "small"])
def test_range_is_sent_as_asked(hub: Hub, wanted: str, start: int, stop: int, path: str) -> None:
    files = hub.repository(NAME).commit({path: DATA})

    reply = fetch_at(f"{hub.url}/{NAME}/resolve/{files}/{path}", wanted)

    assert (reply.status, reply.headers["content-range"]) == (206, f"bytes {start}-{stop - 1}/300000")
    assert DATA[start:stop] == reply.body


def fetch_at(url: str, wanted: str) -> Reply:
    reply = ask(url, Range=wanted)
    return ask(reply.headers["location"], Range=wanted) if reply.status == 302 else reply


def test_range_beyond_the_end_is_refused(tiny: Tiny) -> None:
    assert fetch(tiny, status=416, Range="bytes=300000-").headers["content-range"] == "bytes */300000"


@pytest.mark.parametrize("wanted", ["bytes=-", "bytes=0-1,5-6", "items=0-1", "bytes=x-"])
def test_range_that_is_none_gets_the_whole_file(tiny: Tiny, wanted: str) -> None:
    assert fetch(tiny, status=200, Range=wanted).body == DATA


def test_empty_file_is_sent(hub: Hub) -> None:
    commit = hub.repository(NAME).commit({"empty.txt": b"", "empty.safetensors": b""})

    for path in ("empty.txt", "empty.safetensors"):
        assert fetch_at(f"{hub.url}/{NAME}/resolve/{commit}/{path}", "").body == b""


def test_virtual_file_repeats_its_block_and_knows_its_digest(hub: Hub) -> None:
    file = Virtual(250, block=b"0123456789abcdef" * 2)
    commit = hub.repository(NAME).commit({"x.bin": file})
    whole = (b"0123456789abcdef" * 20)[:250]

    head = ask(f"{hub.url}/{NAME}/resolve/{commit}/x.bin", "HEAD")

    assert head.headers["x-linked-etag"] == f'"{sha256(whole).hexdigest()}"'
    assert ask(head.headers["location"]).body == whole
    assert ask(head.headers["location"], Range="bytes=30-99").body == whole[30:100]


def test_range_far_into_a_virtual_file_is_sent_at_once(hub: Hub) -> None:
    commit = hub.repository(NAME).commit({"x.bin": Virtual(126_000_000_000, "0" * 64)})

    reply = fetch_at(f"{hub.url}/{NAME}/resolve/{commit}/x.bin", "bytes=125999999990-")

    assert (reply.status, reply.body) == (206, bytes(10))


def test_cut_ends_the_connection_after_so_many_bytes_of_each_body(hub: Hub, tiny: Tiny) -> None:
    hub.faults = Faults(cut_after=1000)

    for start in (0, 5000):
        with pytest.raises(IncompleteRead) as cut:
            fetch(tiny, Range=f"bytes={start}-")
        assert cut.value.partial == DATA[start : start + 1000]
    assert hub.sent == 2000


def test_reset_breaks_the_connection(hub: Hub, tiny: Tiny) -> None:
    hub.faults = Faults(reset_after=1000)

    with pytest.raises(ConnectionResetError):
        fetch(tiny)


def test_body_faults_can_be_meant_for_the_first_bodies_only(hub: Hub, tiny: Tiny) -> None:
    hub.faults = Faults(cut_after=1000, bodies=1)
    location = ask(f"{tiny.files}/{SHARD}", "HEAD").headers["location"]
    assert ask(location, "HEAD").status == 200

    with pytest.raises(IncompleteRead):
        ask(location)

    assert ask(location).body == DATA


def test_body_faults_can_be_meant_for_one_file_only(hub: Hub, tiny: Tiny) -> None:
    hub.faults = Faults(cut_after=10, only="model-00001-of-00002")

    with pytest.raises(IncompleteRead):
        fetch(tiny)

    other = "transformer/model-00002-of-00002.safetensors"
    assert fetch(tiny, other).body == FILES[other]


def test_body_faults_leave_small_files_alone(hub: Hub, tiny: Tiny) -> None:
    hub.faults = Faults(cut_after=1, flip_bit=0, wrong_size=3, ignore_range=True)

    assert fetch(tiny, "README.md", status=206, Range="bytes=2-").body == b"Tiny\n"


def test_flipped_bit_is_at_its_offset_in_whatever_range(hub: Hub, tiny: Tiny) -> None:
    hub.faults = Faults(flip_bit=5000)
    wrong = DATA[:5000] + bytes([DATA[5000] ^ 1]) + DATA[5001:]

    assert fetch(tiny).body == wrong
    assert fetch(tiny, Range="bytes=4990-5009").body == wrong[4990:5010]
    assert fetch(tiny, Range="bytes=5001-").body == DATA[5001:]


def test_wrong_small_file_has_the_right_length_and_git_name(hub: Hub, tiny: Tiny) -> None:
    right = fetch(tiny, "README.md")
    hub.faults = Faults(wrong_small=True)

    wrong = fetch(tiny, "README.md")

    assert (right.body, right.headers["etag"]) == (b"# Tiny\n", wrong.headers["etag"])
    assert wrong.body == b'" Tiny\n'
    assert fetch(tiny).body == DATA


def test_wrong_size_is_stated_and_not_kept(hub: Hub, tiny: Tiny) -> None:
    hub.faults = Faults(wrong_size=10)

    head = ask(f"{tiny.files}/{SHARD}", "HEAD")
    with pytest.raises(IncompleteRead) as short:
        ask(head.headers["location"])

    assert head.headers["x-linked-size"] == "300010"
    assert (short.value.partial, short.value.expected) == (DATA, 10)


def test_ignored_range_gets_the_whole_file(hub: Hub, tiny: Tiny) -> None:
    hub.faults = Faults(ignore_range=True)

    assert fetch(tiny, status=200, Range="bytes=10-").body == DATA


def test_shifted_range_is_another_one_than_asked_for_and_says_so(hub: Hub, tiny: Tiny) -> None:
    hub.faults = Faults(shift_range=7)

    reply = fetch(tiny, status=206, Range="bytes=10-29")

    assert (reply.headers["content-range"], reply.body) == ("bytes 17-29/300000", DATA[17:30])


@pytest.mark.parametrize("path", [SHARD, "README.md"], ids=["large", "small"])
def test_endless_body_has_no_length_and_never_ends(hub: Hub, tiny: Tiny, path: str) -> None:
    hub.faults = Faults(endless=True)
    url = urlsplit(ask(f"{tiny.files}/{path}", "HEAD").headers.get("location", f"{tiny.files}/{path}"))
    connection = HTTPConnection(url.netloc, timeout=30)
    connection.request("GET", f"{url.path}?{url.query}")

    response = connection.getresponse()

    assert response.getheader("Content-Length") is None
    assert response.read(1_000_000) == (FILES[path] * (1_000_000 // len(FILES[path]) + 1))[:1_000_000]
    connection.close()


@pytest.mark.parametrize("faults", [Faults(stall_after=1000), Faults(chunk_delay=3600)], ids=["stall", "delay"])
def test_silent_body_neither_ends_nor_keeps_the_hub_from_stopping(faults: Faults) -> None:
    with ExitStack() as stack, Hub() as hub:
        commit = hub.repository(NAME).commit({SHARD: DATA})
        location = urlsplit(ask(f"{hub.url}/{NAME}/resolve/{commit}/{SHARD}").headers["location"])
        hub.faults = faults
        connection = HTTPConnection(location.netloc, timeout=0.2)
        stack.callback(connection.close)
        connection.request("GET", f"{location.path}?{location.query}")
        response = connection.getresponse()
        with pytest.raises(TimeoutError):
            response.read(2000)


def test_signed_address_that_expired_is_refused_and_a_new_one_works(hub: Hub, tiny: Tiny) -> None:
    hub.faults = Faults(url_ttl=-1)
    assert fetch(tiny).status == 403

    hub.faults = Faults()

    assert fetch(tiny).body == DATA


def test_signed_address_can_be_used_up(hub: Hub, tiny: Tiny) -> None:
    hub.faults = Faults(url_uses=2)
    location = ask(f"{tiny.files}/{SHARD}").headers["location"]

    assert [ask(location).status for _ in range(3)] == [200, 200, 403]
    assert fetch(tiny).status == 200


def test_address_without_its_signature_is_refused(hub: Hub, tiny: Tiny) -> None:
    location = ask(f"{tiny.files}/{SHARD}").headers["location"]

    assert ask(location.partition("?")[0]).status == 403
    assert ask(location.replace("Expires=", "Expires=9")).status == 403


def test_bare_cdn_sends_no_validator(hub: Hub, tiny: Tiny) -> None:
    hub.faults = Faults(bare_cdn=True)

    assert {"content-length"} == fetch(tiny).headers.keys()


def test_without_cdn_everything_comes_from_one_origin(hub: Hub, tiny: Tiny) -> None:
    hub.faults = Faults(no_cdn=True)

    assert fetch(tiny, Range="bytes=5-9").body == DATA[5:10]
    assert download(NAME, SHARD) == DATA
    assert [] == [request for request in hub.requests if request.origin == "cdn"]


def test_redirects_alternate_between_the_origins_before_the_file(hub: Hub, tiny: Tiny) -> None:
    hub.faults = Faults(redirects=3)

    assert fetch(tiny).body == DATA
    assert ["hub", "cdn", "hub", "cdn", "cdn"] == [request.origin for request in hub.requests]


def test_redirects_take_the_token_of_the_client_nowhere(hub: Hub, tiny: Tiny) -> None:
    hub.faults = Faults(redirects=3)

    assert download(NAME, SHARD, HF_TOKEN=hub.token) == DATA
    with_token = [(r.method, r.origin) for r in hub.requests if r.token and not r.about("/api/")]
    assert with_token == [("HEAD", "hub")]
    assert hub.count("/hop/") == 3


def test_endless_redirects_never_arrive(hub: Hub, tiny: Tiny) -> None:
    hub.faults = Faults(redirects=-1)

    assert python_client(f"hf_hub_download('{NAME}', '{SHARD}')").returncode == 1
    assert hub.count("/hop/") > 10
    assert hub.sent == 0


@pytest.mark.parametrize("status", [403, 429])
def test_too_many_open_bodies_are_refused(hub: Hub, tiny: Tiny, status: int) -> None:
    large = Virtual(1 << 30, "1" * 64)
    commit = tiny.repository.commit({"large.bin": large})
    hub.faults = Faults(max_bodies=2, max_bodies_status=status)
    location = ask(f"{hub.url}/{NAME}/resolve/{commit}/large.bin").headers["location"]
    url = urlsplit(location)

    with ExitStack() as stack:
        for _ in range(2):
            connection = HTTPConnection(url.netloc, timeout=30)
            stack.callback(connection.close)
            connection.request("GET", f"{url.path}?{url.query}")
            assert connection.getresponse().status == 200
        assert ask(location, Range="bytes=0-0").status == status

    assert fetch(tiny).status == 200
    assert [ask(location, Range="bytes=0-0").status for _ in range(20)] == [206] * 20


def test_client_accepts_a_flipped_bit(hub: Hub, tiny: Tiny) -> None:
    """Why wansync verifies: nobody else does."""
    hub.faults = Faults(flip_bit=0)

    assert download(NAME, SHARD) == bytes([DATA[0] ^ 1]) + DATA[1:]


def test_client_that_is_cut_off_is_seen_to_resume(hub: Hub, tiny: Tiny) -> None:
    hub.faults = Faults(cut_after=100_000)

    small_units = "import huggingface_hub.constants as c\nc.DOWNLOAD_CHUNK_SIZE = 50_000\n"
    ran = python_client(f"{small_units}print(hf_hub_download('{NAME}', '{SHARD}'))")

    assert ran.returncode == 0, ran.stderr
    assert [None, "bytes=100000-", "bytes=200000-"] == [
        r.headers.get("range") for r in hub.requests if r.origin == "cdn"
    ]
