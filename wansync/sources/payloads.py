"""Files whose SHA-256 their source does not state: what stands for one until it is found out, and the way to ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.digest import Digest
from wansync.errors import DigestUnknownError
from wansync.manifest import Scheme
from wansync.text import printable

if TYPE_CHECKING:
    from wansync.manifest import SourceRef
    from wansync.sources.access import Payload, Payloads

HASHING_COMMAND = "wansync lock --hash-payloads"
_OTHERWISE = {
    Scheme.HTTPS: "write its `sha256` into `models.toml`",
    Scheme.S3: "upload it with a checksum (`--checksum-algorithm SHA256` of `aws s3 cp`)",
}
"""What whoever asks can do about a file whose digest a source does not state."""


def find_digest(source: SourceRef, payload: Payload, payloads: Payloads | None) -> Digest:
    """Return the digest of a file; raises as `Payloads.digest`, and where there is nobody to find it out."""
    if not payload.size:
        return Digest.of(b"")
    if payloads is None:
        raise unknown_digest(source, payload)
    return payloads.digest(source, payload)


def key_of(source: SourceRef, payload: Payload) -> Digest:
    """Return what stands for this very object; nothing can be read from it."""
    told = (str(source), payload.path.text, str(payload.size), payload.change or "")
    return Digest.of("\0".join(told).encode("utf-8", "surrogatepass"))


def unknown_digest(source: SourceRef, payload: Payload, command: str = HASHING_COMMAND) -> DigestUnknownError:
    """Return the error for a file that nobody may fetch to find out its digest; `command` is the one that may."""
    path, place = printable(payload.path.text), printable(str(source))
    return DigestUnknownError(
        f"Nobody states the SHA-256 of `{path}` in `{place}`",
        hint=f"Run `{command}`, which downloads it once to find out and keeps it for `sync`, or "
        f"{_OTHERWISE.get(source.scheme, 'take it from a source that does')}",
        source=place,
        path=path,
        size=payload.size,
    )
