"""A large file on its way into a bucket, in parts: several at once, and none twice after a kill.

The server itself keeps the parts of an upload that was not ended, so nothing has to be noted here. A part counts only
if its size and a digest that the server states of it are those of our bytes.
"""

from __future__ import annotations

import hashlib
import queue
import threading
from typing import TYPE_CHECKING, Any

from wansync.digest import Digest
from wansync.errors import ChecksumFailError, NotFoundError
from wansync.sources.s3.answers import METADATA_KEY, base64_digest
from wansync.sources.s3.reasons import NO_SUCH_UPLOAD
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from wansync.sources.s3.writing import S3Writer

PART_BYTES = 16 * 2**20
"""How large a part is; a file of at most one is sent whole. S3 wants 5 MiB at least."""
_MAX_PARTS = 10_000
_WIDTH = 4
"""So many parts are sent at once."""
_IN_MEMORY = _WIDTH + 2


@value_type
class _Part:
    """A part that is read: its number from 1, and its bytes."""

    number: int
    data: bytes


class Upload:
    """One file on its way.

    Args:
        client: the conversation with the bucket.
        key: where it goes.
        file: what is sent.
        digest: of the file.
        progress: told the bytes of each part that is there.
    """

    def __init__(self, client: S3Writer, key: str, file: Path, digest: Digest, progress: Callable[[int], None]) -> None:
        self._client = client
        self._key = key
        self._file = file
        self._digest = digest
        self._progress = progress
        self._size = file.stat().st_size
        self._length = max(PART_BYTES, -(-self._size // _MAX_PARTS))
        self._done: dict[int, dict[str, object]] = {}
        self._there: dict[int, dict[str, Any]] = {}
        self._failed: list[BaseException] = []
        self._turn = threading.Lock()
        self._id = ""

    def run(self) -> None:
        """Send what is missing, and end the upload; what is there already with this digest stays.

        Raises:
            ChecksumFailError: the file does not have the digest.
            OSError: the file cannot be read.
            WansyncError: S3 refuses, or cannot be reached; the parts that were sent wait for another attempt.
        """
        there = self._client.head_if_there(self._key, self._what)
        if there and there.size == self._size and there.digest == self._digest:
            self._progress(self._size)
            return
        self._id = self._begun() or self._begin()
        try:
            found = self._send()
        except NotFoundError as error:
            if error.facts.get("s3_code") != NO_SUCH_UPLOAD or not self._is_there():
                raise
            # Another process sends the same file: it has taken up this very upload, and has ended it first.
            return
        if found != self._digest:
            self._client.ask("abort_multipart_upload", self._what, **self._upload)
            raise wrong_bytes(self._client.source, self._key, self._digest)
        parts = [self._done[number] for number in sorted(self._done)]
        parameters = {**self._upload, "MultipartUpload": {"Parts": parts}}
        self._client.put_once("complete_multipart_upload", self._what, parameters, digest=self._digest, size=self._size)

    def _is_there(self) -> bool:
        return self._client.holds(self._key, self._what, self._digest, self._size)

    @property
    def _what(self) -> str:
        return f"`{self._key}`"

    @property
    def _upload(self) -> dict[str, Any]:
        return {"Key": self._key, "UploadId": self._id}

    def _begun(self) -> str | None:
        """Return the upload that an earlier attempt did not end, the youngest of several, and note its parts."""
        found = self._client.uploads(self._key, self._what)
        for upload in reversed(found):
            parts = self._client.parts(self._key, upload, self._what)
            if parts is not None:
                self._there = parts
                return upload
        return None

    def _begin(self) -> str:
        answer = self._client.ask(
            "create_multipart_upload",
            self._what,
            Key=self._key,
            ChecksumAlgorithm="SHA256",
            Metadata={METADATA_KEY: self._digest.hex},
        )
        return str(answer.get("UploadId"))

    def _send(self) -> Digest:
        """Send every part that is not there, and return the digest of the file as it was read."""
        waiting: queue.SimpleQueue[_Part | None] = queue.SimpleQueue()
        room = threading.Semaphore(_IN_MEMORY)
        threads = [threading.Thread(target=self._work, args=(waiting, room), daemon=True) for _ in range(_WIDTH)]
        for thread in threads:
            thread.start()
        hasher = hashlib.sha256()
        try:
            for part in self._read(room):
                hasher.update(part.data)
                waiting.put(part)
        except BaseException as error:
            # Nobody waits for the others: Ctrl-C must not wait for a server.
            self._failed.append(error)
            raise
        finally:
            for _ in threads:
                waiting.put(None)
        for thread in threads:
            thread.join()
        if self._failed:
            raise self._failed[0]
        return Digest(hasher.hexdigest())

    def _read(self, room: threading.Semaphore) -> Iterator[_Part]:
        """Yield the parts in order, each when there is room for it."""
        with self._file.open("rb") as stream:
            number = 0
            while room.acquire() and not self._failed and (data := stream.read(self._length)):
                number += 1
                yield _Part(number=number, data=data)

    def _work(self, waiting: queue.SimpleQueue[_Part | None], room: threading.Semaphore) -> None:
        while (part := waiting.get()) is not None:
            try:
                if not self._failed:
                    self._take(part)
            except BaseException as error:  # noqa: BLE001 (raised by whoever waits)
                self._failed.append(error)
            finally:
                room.release()

    def _take(self, part: _Part) -> None:
        sent = self._known(part) or self._put(part)
        with self._turn:
            self._done[part.number] = sent
            self._progress(len(part.data))

    def _put(self, part: _Part) -> dict[str, object]:
        checksum = base64_digest(Digest.of(part.data))
        answer = self._client.ask(
            "upload_part",
            self._what,
            **self._upload,
            PartNumber=part.number,
            Body=part.data,
            ChecksumSHA256=checksum,
        )
        return {"PartNumber": part.number, "ETag": answer.get("ETag"), "ChecksumSHA256": checksum}

    def _known(self, part: _Part) -> dict[str, object] | None:
        """Return what the server keeps of a part, if it says so much of it that it can only be ours."""
        there = self._there.get(part.number)
        if there is None or there.get("Size") != len(part.data):
            return None
        checksum, etag = base64_digest(Digest.of(part.data)), str(there.get("ETag"))
        # Of an encrypted part the ETag is no MD5: then it is sent again, unless the checksum is stated.
        stated = there.get("ChecksumSHA256")
        same = stated == checksum if stated else etag.strip('"') == _md5(part.data)
        return {"PartNumber": part.number, "ETag": etag, "ChecksumSHA256": checksum} if same else None


def wrong_bytes(source: str, name: str, digest: Digest) -> ChecksumFailError:
    """Return the error for a file that is not what it should be, so that it is not sent."""
    return ChecksumFailError(
        f"`{name}` is not sent to `{source}`: the file has other bytes than its digest says",
        hint="Run `wansync verify --repair`, then run the command again",
        source=source,
        expected=str(digest),
    )


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()
