"""How a run asks one server of S3: by boto3, which is only loaded where its answer is needed.

Addresses of objects are signed here where it is plain what boto3 would sign, so that a sync loads it only when a server
refuses something; all else is asked of boto3 by the client.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from wansync.sources.origins import endpoint_origin
from wansync.sources.s3.plain import is_amazon, is_plain, plain_keys
from wansync.sources.s3.presign import SIGNED_SECONDS, object_url, presigned, query_of
from wansync.surroundings.servers import AWS_CERTIFICATES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wansync.settings import S3Settings
    from wansync.sources.access import Access
    from wansync.sources.network import Network

WIDTH = 8
"""So many requests about objects at once, and as many connections of boto3."""
_ENDPOINT = "The endpoint of S3 (`s3_endpoint`, AWS_ENDPOINT_URL_S3)"
_ENDPOINT_HINT = "Write it as `https://host`; keys go into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"


class Session:
    """What a run knows of a server; for all threads.

    Args:
        settings: where and how buckets are asked.
        network: the connections of the run.

    Raises:
        botocore.exceptions.BotoCoreError: the user's own settings for AWS cannot be used.
    """

    def __init__(self, settings: S3Settings, network: Network) -> None:
        self._settings, self._own = settings, network
        self._making = threading.Lock()
        self._client: Any = None
        self._bundle: str | None = None

    @property
    def client(self) -> Any:  # noqa: ANN401 (boto3 makes its classes as it runs)
        """That of boto3, for all threads; raises as the class."""
        with self._making:
            if self._client is None:
                from wansync.sources.s3.boto import make_client  # noqa: PLC0415 (0.2 s)

                self._client, self._bundle = make_client(self._settings, self._own)
            return self._client

    @property
    def endpoint(self) -> str:
        """The base URL of the server."""
        endpoint: str = self.client.meta.endpoint_url
        return endpoint

    @property
    def network(self) -> Network:
        """The connections for bodies, which trust whom the client trusts."""
        _ = self.client
        return self._own.trusting(self._bundle) if self._bundle else self._own

    @property
    def custom(self) -> bool:
        """Whether it asks a server that somebody named, not Amazon's."""
        return not is_amazon(self.endpoint)

    @property
    def anonymous(self) -> bool:
        """Whether it signs nothing."""
        return self._settings.anonymous

    def signed(self, bucket: str, key: str, version: str | None) -> str:
        """Return an address from which anybody can get an object for an hour; anonymous ones are good for ever.

        Raises:
            botocore.exceptions.BotoCoreError: there are no credentials, or they cannot be renewed.
        """
        parameters = {"Bucket": bucket, "Key": key, **({"VersionId": version} if version else {})}
        address: str = self.client.generate_presigned_url("get_object", Params=parameters, ExpiresIn=SIGNED_SECONDS)
        return address


class PlainSession(Session):
    """A session that signs by itself, with what variables say.

    Args:
        settings: where and how buckets are asked; with an endpoint.
        network: the connections of the run.
        variables: those of AWS, of which `is_plain` says that nothing else decides.
    """

    def __init__(self, settings: S3Settings, network: Network, variables: Mapping[str, str]) -> None:
        super().__init__(settings, network)
        self._keys = plain_keys(settings, variables)
        self._certificates = variables.get(AWS_CERTIFICATES)

    @property
    def endpoint(self) -> str:
        """The base URL of the server."""
        return self._settings.endpoint or ""

    @property
    def network(self) -> Network:
        """The connections for bodies."""
        return self._own.trusting(self._certificates) if self._certificates else self._own

    def signed(self, bucket: str, key: str, version: str | None) -> str:
        """Return an address from which anybody can get an object for an hour; anonymous ones are good for ever."""
        url = object_url(self.endpoint, bucket, key)
        query = {"versionId": version} if version else {}
        if self._keys is None:
            return f"{url}?{query_of(query)}" if query else url
        return presigned(url, query, self._keys, now=_now(), seconds=SIGNED_SECONDS)


def _now() -> datetime:
    return datetime.now(UTC)


def shared_session(access: Access, settings: S3Settings) -> Session:
    """Return the session of a run for some settings.

    Raises:
        UsageError: the endpoint is no URL, or has more than a URL's scheme, host, port and path.
    """
    return access.network.once(("s3", settings), lambda: _make(access, settings))


def _make(access: Access, settings: S3Settings) -> Session:
    if settings.endpoint:
        endpoint_origin(_ENDPOINT, settings.endpoint, _ENDPOINT_HINT)
    if access.aws is not None and is_plain(settings, access.aws):
        return PlainSession(settings, access.network, access.aws)
    return Session(settings, access.network)
