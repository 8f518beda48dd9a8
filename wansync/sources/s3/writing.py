"""What writing to a bucket asks of S3 beyond one request: conditions, uploads that were not ended, removals."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wansync.errors import AuthFailError, NotFoundError, SourceFailError
from wansync.sources.s3.client import S3Client
from wansync.sources.s3.reasons import NO_SUCH_UPLOAD, Refusal
from wansync.sources.s3.refusals import translate_refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from wansync.digest import Digest
    from wansync.sources.s3.refusals import Asked

_THERE = {"PreconditionFailed", "412"}
_NO_CONDITIONS = {"NotImplemented", "501"}
_ONE_BY_ONE = {"MissingContentMD5", "MissingAttachment", "InvalidRequest", "InvalidDigest", "NotImplemented", "501"}
"""What servers say that do not take many names in one request, or want an older checksum of it."""
_MAX_PARTS = 10_000
_MORE = "to push and to prune also `s3:PutObject` and `s3:DeleteObject`"


class S3Writer(S3Client):
    """A conversation that changes a bucket."""

    def asked(self, what: str) -> Asked:
        """Return what messages about something say; who changes a bucket needs more rights than who reads it."""
        return replace(super().asked(what), more=_MORE)

    def holds(self, key: str, what: str, digest: Digest, size: int) -> bool:
        """Return whether an object is there, of this size, and of no other digest so far as anybody says; see `ask`."""
        head = self.head_if_there(key, what)
        return head is not None and head.size == size and head.digest in {None, digest}

    def put_once(self, operation: str, what: str, parameters: Mapping[str, Any], *, digest: Digest, size: int) -> None:
        """Put an object that is not there; if somebody else has put it meanwhile, theirs stays.

        Args:
            operation: `put_object`, or the end of an upload in parts.
            what: the object, for the message.
            parameters: those of the operation.
            digest: of the object, so that what is there can be told from something else, which is replaced.
            size: of the object.

        Raises:
            WansyncError: S3 refuses, or cannot be reached.
        """
        try:
            self.ask(operation, what, IfNoneMatch="*", **parameters)
        except (SourceFailError, NotFoundError) as error:
            code = error.facts.get("s3_code")
            if code in _THERE or code == NO_SUCH_UPLOAD:
                if self.holds(str(parameters["Key"]), what, digest, size):
                    return
                if code == NO_SUCH_UPLOAD:
                    raise
            elif code not in _NO_CONDITIONS:
                raise
            self.ask(operation, what, **parameters)

    def uploads(self, key: str, what: str) -> list[str]:
        """Return the ids of the uploads of a key that were not ended, the oldest first; none where nobody may know."""
        try:
            answer = self.ask("list_multipart_uploads", what, Prefix=key)
        except (AuthFailError, NotFoundError, SourceFailError):
            # Only a saving: what cannot be listed is sent again. What is really wrong, the upload itself says.
            return []
        found = [upload for upload in answer.get("Uploads") or () if upload.get("Key") == key]
        return [str(upload.get("UploadId")) for upload in sorted(found, key=lambda one: str(one.get("Initiated")))]

    def parts(self, key: str, upload: str, what: str) -> dict[int, dict[str, Any]] | None:
        """Return what is there of an upload, by number; `None` where it is gone or cannot be asked for."""
        found: dict[int, dict[str, Any]] = {}
        marker = 0
        while len(found) <= _MAX_PARTS:
            try:
                answer = self.ask("list_parts", what, Key=key, UploadId=upload, PartNumberMarker=marker)
            except (AuthFailError, NotFoundError, SourceFailError):
                return None
            found |= {part["PartNumber"]: part for part in answer.get("Parts") or ()}
            following = answer.get("NextPartNumberMarker")
            if not answer.get("IsTruncated") or not isinstance(following, int) or following <= marker:
                return found
            marker = following
        return None

    def delete(self, keys: Sequence[str]) -> None:
        """Remove up to 1,000 keys; those that are not there are none that failed.

        Raises:
            WansyncError: S3 refuses one of them, or cannot be reached.
        """
        try:
            objects = [{"Key": key} for key in keys]
            answer = self.ask("delete_objects", "its objects", Delete={"Objects": objects, "Quiet": True})
        except SourceFailError as error:
            if error.facts.get("s3_code") not in _ONE_BY_ONE:
                raise
            for key in keys:
                self.ask("delete_object", f"`{key}`", Key=key)
            return
        for failed in answer.get("Errors") or ():
            refusal = Refusal.parse({"Error": failed, "ResponseMetadata": answer.get("ResponseMetadata")})
            if refusal.code != "NoSuchKey":
                raise translate_refusal(refusal, self.asked("its objects"))
