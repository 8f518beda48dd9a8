"""What a body of the Hub makes of each answer that a request for a range can get; one server, real sockets."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.wire_server import HangUp, Heard, WireServer, head, part, whole
from wansync.digest import Revision
from wansync.errors import (
    AuthFailError,
    GatedRepoError,
    NetworkFailError,
    NotFoundError,
    RateLimitedError,
    SourceFailError,
    WansyncError,
)
from wansync.listing import SourceFile
from wansync.paths import RelativePath
from wansync.sources import SourceChangedError, Span
from wansync.sources.body import BadAnswerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from wansync.sources import Body, Source

    HubAt = Callable[..., Source]

DATA = bytes(range(256)) * 1000
START, END = 1000, 3000
WANTED = DATA[START:END]
GOOD = part(DATA, START, END)
TAG, OTHER = '"one"', '"two"'


def body_of(source: Source, validator: str | None = None) -> Body:
    return source.body(SourceFile(RelativePath("x"), Revision("c" * 40)), Span(START, END), validator)


def read(body: Body) -> bytes:
    data, buffer = bytearray(), memoryview(bytearray(700))
    with body:
        while count := body.readinto(buffer):
            data += buffer[:count]
    return bytes(data)


@contextmanager
def answering(*answers: bytes) -> Iterator[WireServer]:
    """Run a server that gives one answer after the other, the last again and again, and closes each connection."""
    left = list(answers)

    def answer(_: Heard) -> Iterator[bytes]:
        yield left.pop(0) if len(left) > 1 else left[0]
        raise HangUp

    with WireServer(answer) as server:
        yield server


def failure_of(hub_at: HubAt, *answers: bytes, validator: str | None = None) -> WansyncError:
    """Return what becomes of a server's answers."""
    with answering(*answers) as server, pytest.raises(WansyncError) as raised:
        read(body_of(hub_at(server.url), validator))
    return raised.value


def test_request_asks_for_exactly_the_span_without_an_encoding(hub_at: HubAt) -> None:
    with answering(GOOD) as server:
        assert read(body_of(hub_at(server.url))) == WANTED

    headers = server.heard[0].headers
    assert (headers["range"], headers["accept-encoding"]) == (f"bytes={START}-{END - 1}", "identity")
    assert "if-range" not in headers
    assert server.heard[0].target == f"/a/b/resolve/{'c' * 40}/x"


GOOD_ANSWERS = {
    "206": GOOD,
    "206 of unknown size": whole(206, WANTED, Content_Range=f"bytes {START}-{END - 1}/*"),
    "206 in other words": whole(206, WANTED, Content_Range=f"Bytes {START}-{END - 1}/{len(DATA)} "),
    "206 without a length": head(206, Content_Range=f"bytes {START}-{END - 1}/{len(DATA)}") + WANTED,
    "206 and more bytes": head(206, Content_Range=f"bytes {START}-{END - 1}/{len(DATA)}") + WANTED + b"more",
    "206 from an earlier byte": part(DATA, START - 500, END),
    "206 from 0": part(DATA, 0, END),
    "200 with the range": whole(200, WANTED, Content_Range=f"bytes {START}-{END - 1}/{len(DATA)}"),
    "206 in the identity encoding": whole(
        206, WANTED, Content_Range=f"bytes {START}-{END - 1}/{len(DATA)}", Content_Encoding="identity"
    ),
    "206 in chunks": head(206, Content_Range=f"bytes {START}-{END - 1}/{len(DATA)}", Transfer_Encoding="chunked")
    + b"%x\r\n%b\r\n0\r\n\r\n" % (len(WANTED), WANTED),
}


@pytest.mark.parametrize("answer", GOOD_ANSWERS.values(), ids=GOOD_ANSWERS)
def test_answer_that_holds_the_span_is_taken(hub_at: HubAt, answer: bytes) -> None:
    with answering(answer) as server:
        body = body_of(hub_at(server.url))
        assert (body.start, body.ranged) == (START, True)
        assert read(body) == WANTED


@pytest.mark.parametrize("answer", [whole(200, DATA), head(200) + DATA], ids=["length", "no length"])
def test_server_that_ignores_ranges_gives_the_whole_file(hub_at: HubAt, answer: bytes) -> None:
    with answering(answer) as server:
        body = body_of(hub_at(server.url))
        assert (body.start, body.ranged) == (0, False)
        assert read(body) == DATA


def test_size_of_the_whole_file_is_told(hub_at: HubAt) -> None:
    sizes = []
    for answer in (GOOD, whole(200, DATA), GOOD_ANSWERS["206 of unknown size"]):
        with answering(answer) as server, body_of(hub_at(server.url)) as body:
            sizes.append(body.size)

    assert sizes == [len(DATA), len(DATA), None]


WRONG_ANSWERS = {
    "later start": part(DATA, START + 1, END),
    "much earlier start": whole(206, WANTED, Content_Range=f"bytes {2**30}-{2**30 + 1999}/{2**40}"),
    "end too far": part(DATA, START, END + 1),
    "end before start": whole(206, WANTED, Content_Range=f"bytes {START}-{START - 1}/{len(DATA)}"),
    "size smaller than the end": whole(206, WANTED, Content_Range=f"bytes {START}-{END - 1}/{END - 1}"),
    "longer than its range": whole(206, WANTED + b"more", Content_Range=f"bytes {START}-{END - 1}/{len(DATA)}"),
    "no range": whole(206, WANTED),
    "no number": whole(206, WANTED, Content_Range="bytes one-two/three"),
    "endless number": whole(206, WANTED, Content_Range=f"bytes {START}-{'9' * 5000}/*"),
    "other unit": whole(206, WANTED, Content_Range=f"items {START}-{END - 1}/{len(DATA)}"),
    "several parts": whole(206, WANTED, Content_Type="multipart/byteranges; boundary=x"),
    "compressed": whole(206, WANTED, Content_Range=f"bytes {START}-{END - 1}/{len(DATA)}", Content_Encoding="gzip"),
    "compressed whole": whole(200, DATA, Content_Encoding="gzip"),
    "200 with another range": whole(200, WANTED, Content_Range=f"bytes 5000-6999/{len(DATA)}"),
    "204": head(204),
    "202": whole(202, DATA),
    "304": head(304),
    "412": whole(412),
    "418": whole(418),
    "300": whole(300),
    "302 to nowhere": whole(302),
}


@pytest.mark.parametrize("name", WRONG_ANSWERS)
def test_answer_that_no_server_gives_is_refused(hub_at: HubAt, name: str) -> None:
    # A refusal stays one; nonsense may be over when it is asked for again.
    kind = SourceFailError if name == "418" else BadAnswerError

    assert type(failure_of(hub_at, WRONG_ANSWERS[name])) is kind


def test_range_that_ends_early_gives_what_there_is_and_then_an_error_that_may_be_cured(hub_at: HubAt) -> None:
    got, buffer = bytearray(), memoryview(bytearray(10_000))
    with answering(part(DATA, START, END - 500)) as server, body_of(hub_at(server.url)) as body:
        while len(got) < len(WANTED) - 500:
            got += buffer[: body.readinto(buffer)]
        with pytest.raises(NetworkFailError, match="500 bytes too early"):
            body.readinto(buffer)

    assert got == WANTED[:-500]


@pytest.mark.parametrize("answer", [GOOD[:-500], part(DATA, 0, END)[:600]], ids=["in the span", "before it"])
def test_body_that_is_cut_may_be_cured(hub_at: HubAt, answer: bytes) -> None:
    error = failure_of(hub_at, answer)

    assert type(error) is NetworkFailError
    assert "broke off the connection while giving `x`" in error.reason


def test_validator_is_a_strong_etag(hub_at: HubAt) -> None:
    found = []
    for etag in ('"a"', 'W/"a"', "a", '"a', '""', '"\xe9"', '"a" "b"'):
        with answering(part(DATA, START, END, ETag=etag)) as server, body_of(hub_at(server.url)) as body:
            found.append(body.validator)
    with answering(GOOD) as server, body_of(hub_at(server.url)) as body:
        found.append(body.validator)

    assert found == ['"a"', *[None] * 7]


def test_validator_that_is_given_is_asked_with(hub_at: HubAt) -> None:
    with answering(part(DATA, START, END, ETag=TAG)) as server:
        assert read(body_of(hub_at(server.url), TAG)) == WANTED

    assert [heard.headers.get("if-range") for heard in server.heard] == [TAG]


def test_weak_validator_is_never_asked_with(hub_at: HubAt) -> None:
    with answering(GOOD) as server:
        assert read(body_of(hub_at(server.url), 'W/"one"')) == WANTED

    assert [heard.headers.get("if-range") for heard in server.heard] == [None]


@pytest.mark.parametrize("first", [whole(200, DATA, ETag=TAG), head(304, ETag=TAG)], ids=["200", "304"])
@pytest.mark.parametrize("tagged", [{"ETag": TAG}, {}], ids=["same tag", "no tag"])
def test_server_that_does_not_know_if_range_is_asked_plainly_once(
    hub_at: HubAt, first: bytes, tagged: dict[str, str]
) -> None:
    with answering(first, part(DATA, START, END, **tagged)) as server:
        body = body_of(hub_at(server.url), TAG)
        assert (body.ranged, read(body)) == (True, WANTED)

    assert [heard.headers.get("if-range") for heard in server.heard] == [TAG, None]


CHANGED = {
    "206": [part(DATA, START, END, ETag=OTHER)],
    "200, then 206": [whole(200, DATA, ETag=OTHER), part(DATA, START, END, ETag=OTHER)],
    "200 twice": [whole(200, DATA, ETag=OTHER)],
    "412": [whole(412)],
}


@pytest.mark.parametrize("answers", CHANGED.values(), ids=CHANGED)
def test_other_object_than_the_validators_is_a_change(hub_at: HubAt, answers: list[bytes]) -> None:
    error = failure_of(hub_at, *answers, validator=TAG)

    assert type(error) is SourceChangedError
    assert isinstance(error, NetworkFailError)


def test_server_that_ignores_ranges_and_knows_its_object_gives_it_whole(hub_at: HubAt) -> None:
    with answering(whole(200, DATA, ETag=TAG)) as server:
        body = body_of(hub_at(server.url), TAG)
        assert (body.ranged, read(body)) == (False, DATA)


def test_file_that_is_shorter_than_the_span_is_refused(hub_at: HubAt) -> None:
    error = failure_of(hub_at, whole(416, Content_Range="bytes */500"))

    assert (type(error), error.facts["http_status"]) == (BadAnswerError, 416)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (whole(401), AuthFailError),
        (whole(403), AuthFailError),
        (whole(403, X_Error_Code="GatedRepo"), GatedRepoError),
        (whole(404), NotFoundError),
        (whole(404, X_Error_Code="EntryNotFound"), NotFoundError),
        (whole(404, X_Error_Code="RevisionNotFound"), NotFoundError),
        (whole(410), NotFoundError),
        (whole(403, X_Error_Message="Access to this resource is disabled."), NotFoundError),
    ],
)
def test_refusal_is_told_apart_and_not_tried_again(hub_at: HubAt, answer: bytes, kind: type[WansyncError]) -> None:
    with answering(answer) as server, pytest.raises(kind) as raised:
        body_of(hub_at(server.url))

    assert type(raised.value) is kind
    assert len(server.heard) == 1


@pytest.mark.parametrize("status", [408, 425, 500, 502, 503, 504, 520, 599])
@pytest.mark.parametrize(("headers", "seconds"), [({"Retry-After": "7"}, 7), ({}, None)], ids=["wait", "no wait"])
def test_server_in_trouble_may_be_cured(
    hub_at: HubAt, status: int, headers: dict[str, str], seconds: float | None
) -> None:
    error = failure_of(hub_at, whole(status, b"", **headers))

    assert (type(error), error.facts.get("retry_after")) == (NetworkFailError, seconds)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "Fri, 01 Jan 2027 00:00:09 GMT", "Date": "Fri, 01 Jan 2027 00:00:00 GMT"}, 9),
        ({"RateLimit": '"api";r=0;t=55', "Retry-After": "7"}, 55),
        ({"Retry-After": "-7"}, None),
        ({"Retry-After": "9" * 400}, None),
        ({}, None),
    ],
    ids=["seconds", "date", "limit", "negative", "huge", "none"],
)
def test_limit_says_how_long_to_wait(hub_at: HubAt, headers: dict[str, str], seconds: float | None) -> None:
    error = failure_of(hub_at, whole(429, b"", **headers))

    assert (type(error), error.facts["retry_after"]) == (RateLimitedError, seconds)


@pytest.mark.parametrize(("renewed", "requests"), [("hf_new", 2), ("hf_old", 1)], ids=["renewed", "the same"])
def test_token_that_is_refused_is_read_again_once(
    hub_at: HubAt, monkeypatch: pytest.MonkeyPatch, renewed: str, requests: int
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_old")
    with answering(whole(401)) as server:
        source = hub_at(server.url)
        monkeypatch.setenv("HF_TOKEN", renewed)
        with pytest.raises(AuthFailError, match="refuses the token that was sent"):
            body_of(source)

    tokens = [heard.headers["authorization"] for heard in server.heard]
    assert tokens == ["Bearer hf_old", "Bearer hf_new"][:requests]


class Signing:
    """A hub that signs addresses of a CDN, which are good for as many requests as one says."""

    def __init__(self, *, uses: int, status: int = 403) -> None:
        self.signed, self.uses = 0, uses
        self._status = status
        self._left: dict[str, int] = {}
        self._lock = threading.Lock()
        self.cdn = WireServer(self._object)
        self.hub = WireServer(self._resolve)

    def _resolve(self, _: Heard) -> Iterator[bytes]:
        with self._lock:
            self.signed += 1
            address = f"/object?Signature=canary-{self.signed}"
            self._left[address] = self.uses
        yield whole(302, b"moved", Location=self.cdn.url + address)

    def _object(self, heard: Heard) -> Iterator[bytes]:
        with self._lock:
            self._left[heard.target] -= 1
            good = self._left[heard.target] >= 0
        yield GOOD if good else whole(self._status, b"expired")


def test_signed_address_is_used_for_the_next_spans(hub_at: HubAt) -> None:
    signing = Signing(uses=100)
    with signing.hub, signing.cdn:
        source = hub_at(signing.hub.url)
        assert [read(body_of(source)) for _ in range(5)] == [WANTED] * 5

    assert (len(signing.hub.heard), len(signing.cdn.heard)) == (1, 5)
    assert {heard.connection for heard in signing.cdn.heard} == {1}


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_signed_address_that_has_expired_is_asked_for_again(hub_at: HubAt, status: int) -> None:
    signing = Signing(uses=2, status=status)
    with signing.hub, signing.cdn:
        source = hub_at(signing.hub.url)
        assert [read(body_of(source)) for _ in range(5)] == [WANTED] * 5

    assert signing.signed == 3


def test_signed_addresses_that_never_work_are_asked_for_three_times_more(hub_at: HubAt) -> None:
    signing = Signing(uses=0)
    with signing.hub, signing.cdn, pytest.raises(NetworkFailError, match="answered 403 from its CDN") as raised:
        body_of(hub_at(signing.hub.url))

    assert signing.signed == 4
    assert "canary" not in repr(raised.value.to_dict())


def test_token_is_sent_home_only(hub_at: HubAt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_canary")
    signing = Signing(uses=9)
    with signing.hub, signing.cdn:
        read(body_of(hub_at(signing.hub.url)))

    assert [heard.headers.get("authorization") for heard in signing.hub.heard] == ["Bearer hf_canary"]
    assert "hf_canary" not in str(signing.cdn.heard)


@pytest.mark.parametrize(
    "location", ["ftp://127.0.0.1/", "http://u:canary@127.0.0.1/", "http://a..b/canary", "/again?canary"]
)
def test_redirect_that_may_not_be_followed_is_refused_and_its_address_not_shown(hub_at: HubAt, location: str) -> None:
    error = failure_of(hub_at, whole(302, Location=location))

    assert type(error) is SourceFailError
    assert "canary" not in repr(error.to_dict())


def test_servers_that_cannot_be_reached_may_be_cured_and_their_addresses_are_not_shown(hub_at: HubAt) -> None:
    gone = WireServer(lambda _: iter([]))
    with gone:
        pass
    error = failure_of(hub_at, whole(302, Location=f"{gone.url}/object?Signature=canary"))

    assert type(error) is NetworkFailError
    assert "could not be reached" in error.reason
    shown: list[Any] = [error.to_dict(), error.args, error.__cause__, error.__context__]
    assert "canary" not in repr(shown)


def test_offline_switch_of_the_client_is_heeded(hub_at: HubAt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with answering(GOOD) as server, pytest.raises(WansyncError) as raised:
        body_of(hub_at(server.url))

    assert (raised.value.code, server.heard) == ("OFFLINE_MISSING", [])


@pytest.mark.parametrize("how", ["source", "body"])
def test_abort_ends_a_read_of_another_thread(hub_at: HubAt, how: str) -> None:
    said: list[WansyncError] = []

    def fetch(body: Body) -> None:
        try:
            read(body)
        except WansyncError as error:
            said.append(error)

    with WireServer(lambda _: iter([GOOD[:-5], None])) as server:
        source = hub_at(server.url)
        body = body_of(source)
        thread = threading.Thread(target=fetch, args=(body,))
        thread.start()
        time.sleep(0.2)
        (source if how == "source" else body).abort()
        thread.join(20)

    assert [type(error) for error in said] == [NetworkFailError]


def test_untrusted_certificate_and_wrong_variables_are_not_tried_again(hub_at: HubAt) -> None:
    with answering(GOOD) as server:
        with pytest.raises(WansyncError) as raised:
            body_of(hub_at(server.url, {"HTTP_PROXY": "socks5://canary"}))
        assert (raised.value.code, "canary" in str(raised.value)) == ("USAGE", False)
