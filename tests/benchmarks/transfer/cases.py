"""The cases: what is transferred how, and by whom. No IO."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.benchmarks.transfer import peers

if TYPE_CHECKING:
    from collections.abc import Mapping

ONE, EIGHT, MANY = "one-file", "eight-files", "many-files"
_SMALL = 64 << 10
_MANY = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case.

    Args:
        name: for the command line.
        title: for the table.
        repository: what is fetched.
        secure: whether over TLS.
        throttled: whether the network is slow.
        programs: who is compared, ours first.
    """

    name: str
    title: str
    repository: str
    secure: bool = False
    throttled: bool = False
    programs: tuple[str, ...]


_OURS = (peers.OURS, peers.ENGINE)
_CURL = (peers.CURL, peers.CURL_OPENSSL)
_OTHERS = (peers.ARIA2, peers.ARIA2_CHECKSUM, peers.HF_TRANSFER, peers.BOTO3, peers.S5CMD, peers.HF_CALL, peers.HF)
_ONE = (*_OURS, *_CURL, *_OTHERS)
_EIGHT = (*_OURS, *_CURL, peers.CURL_TWO_OPENSSL, *_OTHERS)
_MANY_PEERS = (*_OURS, peers.CURL, peers.CURL_TWO_OPENSSL, peers.ARIA2, peers.S5CMD, peers.HF)

_ALL = (
    Case(name="one-http", title="One file over HTTP", repository=ONE, programs=_ONE),
    Case(name="one-https", title="One file over HTTPS", repository=ONE, secure=True, programs=_ONE),
    Case(name="eight-http", title="Eight files over HTTP", repository=EIGHT, programs=_EIGHT),
    Case(name="eight-https", title="Eight files over HTTPS", repository=EIGHT, secure=True, programs=_EIGHT),
    Case(name="many-http", title="1,000 files of 64 KiB over HTTP", repository=MANY, programs=_MANY_PEERS),
    Case(
        name="throttled",
        title="One file over HTTP at 400 MB/s",
        repository=ONE,
        throttled=True,
        programs=(*_OURS, *_CURL, peers.ARIA2, peers.HF_CALL),
    ),
)
CASES: Mapping[str, Case] = {case.name: case for case in _ALL}


def shape(repository: str, size: int) -> tuple[int, int]:
    """Return how many files a repository has and the bytes of each, where its large file has `size` bytes."""
    return {ONE: (1, size), EIGHT: (8, size // 4), MANY: (_MANY, _SMALL)}[repository]
