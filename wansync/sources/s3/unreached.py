"""What helps where a server of S3 gives no answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.sources.http.unanswered import Unanswered

if TYPE_CHECKING:
    from wansync.errors import WansyncError
    from wansync.sources.http import HttpFailure
    from wansync.sources.s3.refusals import Asked


def translate_failure(failure: HttpFailure, asked: Asked) -> WansyncError:
    """Return the error of this project for a request without an answer; waiting may cure a `NetworkFailError`."""
    return Unanswered(
        source=asked.source,
        untrusted="Name your network's certificates in AWS_CA_BUNDLE or SSL_CERT_FILE, or check the clock",
        proxy="Check HTTPS_PROXY with the credentials in it, and NO_PROXY",
        address="Check the server that `s3_endpoint` or AWS_ENDPOINT_URL_S3 names",
        again="Check the network, the proxy and AWS_ENDPOINT_URL_S3, then run the same command again; it goes on where "
        "this stopped",
    ).error(failure, asked.what)
