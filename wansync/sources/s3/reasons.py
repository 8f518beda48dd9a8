"""Why S3 refuses: the code of an answer, and the headers that say more, however the answer came. No IO."""

from __future__ import annotations

import re
import time
from dataclasses import field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self

from wansync.sources.s3.presign import SIGNED_SECONDS
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Mapping

NO_SUCH_UPLOAD = "NoSuchUpload"
_ABSENT = {"NoSuchKey", "NoSuchVersion", NO_SUCH_UPLOAD}
ELSEWHERE = frozenset(
    {
        *("PermanentRedirect", "TemporaryRedirect", "IllegalLocationConstraintException"),
        *("AuthorizationHeaderMalformed", "AuthorizationQueryParametersError"),
    }
)
"""What is answered to a request that is signed for another region than the bucket's."""
_CODE = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_SAID_CODE = re.compile(rb"<Code>\s*([A-Za-z0-9._-]{1,64})\s*</Code>")
_REGION = re.compile(r"[a-z0-9-]{1,64}", re.ASCII)
_SAID_REGION = re.compile(rb"<Region>\s*([a-z0-9-]{1,64})\s*</Region>")
_REGION_HEADER = "x-amz-bucket-region"
_TELLING = ("Date", "RateLimit", "Retry-After", _REGION_HEADER)
_TOLERANCE = 15 * 60
"""Seconds by which a signature may be from the future.
Source: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html#RESTAuthenticationTimeStamp
"""


@value_type
class Refusal:
    """An answer that is none: the code of S3 (or the status, where there is no body), and the headers that say more."""

    code: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, response: Mapping[str, Any]) -> Self:
        """Return what botocore kept of an answer."""
        error, metadata = response.get("Error") or {}, response.get("ResponseMetadata") or {}
        code, status, headers = error.get("Code"), metadata.get("HTTPStatusCode"), metadata.get("HTTPHeaders")
        status = status if isinstance(status, int) else 0
        usable = code if isinstance(code, str) and _CODE.fullmatch(code) else str(status)
        return cls(code=usable, status=status, headers=_telling(headers or {}))

    @classmethod
    def of_answer(cls, status: int, headers: Mapping[str, str], body: bytes) -> Self:
        """Return what an answer says; what its body says is looked for, not parsed: it is a stranger's XML, or none."""
        said = _telling(headers)
        if (region := _SAID_REGION.search(body)) and not said[_REGION_HEADER]:
            said[_REGION_HEADER] = region[1].decode()
        code = _SAID_CODE.search(body)
        return cls(code=code[1].decode() if code else str(status), status=status, headers=said)

    @property
    def region(self) -> str | None:
        """The region that a bucket is said to be in."""
        region = self.headers.get(_REGION_HEADER, "")
        return region if _REGION.fullmatch(region) else None

    @property
    def is_absence(self) -> bool:
        """Whether it says that there is no such object, version or upload."""
        return self.code in _ABSENT or (self.status == HTTPStatus.NOT_FOUND and self.code != "NoSuchBucket")

    @property
    def is_elsewhere(self) -> bool:
        """Whether it says, or may say where it gives no reason, that the bucket is in another region."""
        bare = self.code == str(self.status) and self.status == HTTPStatus.BAD_REQUEST
        return bare or self.code in ELSEWHERE or self.status == HTTPStatus.MOVED_PERMANENTLY

    def clock_offset(self) -> float | None:
        """Return by how many seconds this machine's clock is before the server's; negative where it is behind."""
        try:
            return time.time() - parsedate_to_datetime(self.headers.get("Date", "")).timestamp()
        except (ValueError, TypeError, OverflowError):
            return None

    def is_of_clock(self) -> bool:
        """Return whether the clocks are so far apart that an address signed now is not good yet, or no longer."""
        offset = self.clock_offset()
        return offset is not None and not -SIGNED_SECONDS < offset < _TOLERANCE


def _telling(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the few headers that are read, under one spelling of their names."""
    lower = {name.lower(): text for name, text in headers.items()}
    return {name: lower.get(name.lower(), "") for name in _TELLING}
