"""What an `https:` source says of the files that are stated, and what the answers of its server mean."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.source_cases import Reader
from tests.support.web import Web
from wansync.digest import Digest, Revision
from wansync.errors import ErrorCode, InvalidListingError, InvalidManifestError, SourceFailError, WansyncError
from wansync.events import EventStream
from wansync.listing import SourceFile
from wansync.manifest import Scheme, SourceRef
from wansync.paths import PathFilter, RelativePath, StatedFile
from wansync.settings.urls import UrlRule
from wansync.sources import Access, Patience, Span, open_source
from wansync.sources.https import HttpsSource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.wire_server import Heard
    from wansync.sources import Payload, Source

DATA = bytes(range(256)) * 20
NAME = RelativePath("model.bin")
REVISION = Revision("a" * 40)


@pytest.fixture
def web() -> Iterator[Web]:
    with Web({"dir/model.bin": DATA, "dir/empty": b"", "elsewhere/model.bin": DATA}) as server:
        yield server


def source_of(web: Web, *, retries: int = 0, **more: Any) -> Source:  # noqa: ANN401 (of an `Access`)
    access = Access(
        base=Path(),
        events=EventStream("test"),
        patience=Patience(retries=retries, first=0.001),
        variables={"URL": f"{web.url}/dir?sig=canary"},
        payloads=Reader(),
    )
    return open_source(SourceRef.parse("https:$URL"), replace(access, **more))


def stating(name: str = "model.bin", **more: Any) -> list[PathFilter]:  # noqa: ANN401 (of a `StatedFile`)
    return [PathFilter(stated=(StatedFile(path=RelativePath(name), **more),))]


def fails(web: Web, filters: list[PathFilter] | None = None) -> WansyncError:
    with pytest.raises(WansyncError) as raised:
        source_of(web).list(None, filters or stating())
    assert "canary" not in f"{raised.value.reason} {raised.value.hint} {raised.value.facts} {raised.value.__cause__}"
    return raised.value


def test_size_comes_from_the_server_where_nobody_states_it(web: Web) -> None:
    files = source_of(web).list(None, stating(digest=Digest.of(DATA))).files

    assert [(file.path, file.size) for file in files] == [(NAME, len(DATA))]
    assert web.bodies == 0


@pytest.mark.parametrize("more", [{}, {"size": 0}])
def test_empty_file_needs_no_reading(web: Web, more: dict[str, int]) -> None:
    files = source_of(web, payloads=None).list(None, stating("empty", **more)).files

    assert [(file.size, file.digest) for file in files] == [(0, Digest.of(b""))]


def test_size_that_nobody_states_is_asked_for(web: Web) -> None:
    web.ranged = web.sized = False

    assert "has a size that nobody states" in fails(web).reason
    assert source_of(web).list(None, stating(size=len(DATA), digest=Digest.of(DATA))).files


def test_other_size_than_the_stated_one_is_refused(web: Web) -> None:
    error = fails(web, stating(size=3))

    assert "has 5120 bytes, and `models.toml` states 3" in error.reason


def test_components_that_state_one_file_are_put_together(web: Web) -> None:
    filters = stating(size=len(DATA)) + stating(digest=Digest.of(DATA)) + stating()

    files = source_of(web, payloads=None).list(None, filters).files

    assert [(file.path, file.digest) for file in files] == [(NAME, Digest.of(DATA))]


@pytest.mark.parametrize("more", [{"size": 1}, {"digest": Digest.of(b"x")}])
def test_components_that_contradict_each_other_are_refused(web: Web, more: dict[str, Any]) -> None:
    filters = stating(size=len(DATA), digest=Digest.of(DATA)) + stating(**more)

    with pytest.raises(InvalidListingError, match="is stated with different sizes or digests"):
        source_of(web).list(None, filters)
    assert web.heard == []


def test_filter_that_takes_no_stated_file_lists_none(web: Web) -> None:
    filters = [replace(stating()[0], exclude=("*",))]

    assert source_of(web).list(None, filters).files == ()


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, ErrorCode.AUTH_FAIL),
        (401, ErrorCode.AUTH_FAIL),
        (403, ErrorCode.AUTH_FAIL),
        (404, ErrorCode.NOT_FOUND),
        (408, ErrorCode.NETWORK_FAIL),
        (407, ErrorCode.SOURCE_FAIL),
        # What nginx says of a signature that has expired.
        (410, ErrorCode.AUTH_FAIL),
        # Not a word of an empty file.
        (416, ErrorCode.SOURCE_FAIL),
        (429, ErrorCode.RATE_LIMITED),
        (500, ErrorCode.NETWORK_FAIL),
        (503, ErrorCode.NETWORK_FAIL),
        (304, ErrorCode.SOURCE_FAIL),
    ],
)
def test_refusal_has_a_code_and_names_the_source(web: Web, status: int, code: ErrorCode) -> None:
    web.refuse = lambda heard: status

    error = fails(web)

    assert (error.code, error.facts["source"]) == (code, "https:$URL")


@pytest.mark.parametrize(("status", "code"), [(401, "AUTH_FAIL"), (403, "AUTH_FAIL"), (400, "SOURCE_FAIL")])
def test_refusal_of_a_public_address_says_how_to_give_another(web: Web, status: int, code: str) -> None:
    web.refuse = lambda heard: status
    ref = SourceRef.parse(web.url.replace("http:", "https:") + "/dir")
    rules = {ref.location.removeprefix("//"): UrlRule(plain_http=True)}
    access = Access(base=Path(), events=EventStream("test"), patience=Patience(retries=0), url_rules=rules)

    with pytest.raises(WansyncError) as raised:
        open_source(ref, access).list(None, stating())

    assert str(raised.value.code) == code


def test_failure_that_waiting_may_cure_is_waited_for(web: Web) -> None:
    refused: list[Heard] = []

    def refuse(heard: Heard) -> int:
        refused.append(heard)
        return 503 if len(refused) < 3 else 0

    web.refuse = refuse

    assert source_of(web, retries=3).list(None, stating()).files


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("https://me:canary@127.0.0.1:1/x", "names a user"),
        ("http://169.254.169.254/latest", "leads inside"),
        ("ftp://127.0.0.1/x", "leads nowhere"),
    ],
)
def test_redirects_keep_to_the_rules(web: Web, target: str, reason: str) -> None:
    web.redirect["dir/model.bin"] = target

    assert reason in fails(web).reason


def test_redirect_is_followed_and_what_is_there_is_taken(web: Web) -> None:
    web.redirect["dir/model.bin"] = "/elsewhere/model.bin"

    assert source_of(web).list(None, stating()).files[0].digest == Digest.of(DATA)


def test_redirects_that_do_not_end_are_refused(web: Web) -> None:
    web.redirect["dir/model.bin"] = "/dir/model.bin"

    assert "redirects more than 5 times" in fails(web).reason
    assert len(web.heard) == 6


class Keeping(Reader):
    """Keeps what is asked."""

    def __init__(self) -> None:
        self.payloads: list[Payload] = []

    def digest(self, source: SourceRef, payload: Payload) -> Digest:
        self.payloads.append(payload)
        return super().digest(source, payload)


def payload_of(web: Web) -> Payload:
    keeping = Keeping()
    source_of(web, payloads=keeping).list(None, stating())
    return keeping.payloads[0]


def test_payload_is_held_by_a_strong_etag(web: Web) -> None:
    payload = payload_of(web)
    with payload.body(Span(5, 9)) as body:
        assert body.start == 5

    assert web.heard[-1].headers["if-range"] == web.etag(DATA)
    assert (payload.change is None, payload.same) == (False, None)
    assert "canary" not in str(payload.change)


@pytest.mark.parametrize("etag", ["", 'W/"weak"'])
def test_payload_without_one_is_looked_at_again(web: Web, etag: str) -> None:
    web.etag = lambda data: etag
    payload = payload_of(web)
    assert payload.same is not None
    assert (payload.change is None, payload.same()) == (False, True)

    web.age = 2 * 24 * 3600.0
    assert not payload.same()


@pytest.mark.parametrize(("etag", "age"), [("", None), ('"by-time"', 1.0), ('W/"weak"', 0.0)])
def test_nothing_tells_of_a_file_that_is_too_young(web: Web, etag: str, age: float | None) -> None:
    web.etag, web.age = (lambda data: etag), age

    assert payload_of(web).change is None


def test_change_of_a_file_shows(web: Web) -> None:
    before = payload_of(web).change
    assert payload_of(web).change == before
    web.files["dir/model.bin"] = DATA[::-1]

    assert payload_of(web).change != before


@pytest.mark.parametrize("location", ["//", "//a..b/dir", "host/dir", "//host:99999/dir", "//\u212a.test/x"])
def test_location_that_is_none_is_refused(location: str) -> None:
    access = Access(base=Path(), events=EventStream("test"))

    with pytest.raises(InvalidManifestError, match="is no address of the web"):
        HttpsSource(SourceRef(Scheme.HTTPS, location), access)


def test_server_that_cannot_be_reached_is_a_network_failure() -> None:
    access = Access(
        base=Path(), events=EventStream("test"), patience=Patience(retries=0), variables={"URL": "http://127.0.0.1:9/d"}
    )

    with pytest.raises(WansyncError) as raised:
        open_source(SourceRef.parse("https:$URL"), access).list(None, stating())

    assert raised.value.code is ErrorCode.NETWORK_FAIL


def test_file_that_is_shorter_than_asked_for_is_an_error(web: Web) -> None:
    file = SourceFile(NAME, REVISION)
    got = bytearray()

    with pytest.raises(SourceFailError, match=r"`model\.bin` 5 bytes too early"):
        got.extend(b"".join(source_of(web).open(file, 0, len(DATA) + 5)))
    assert list(source_of(web).open(file, 0, 0)) == []
