"""A client of boto3 as its user has set it up: credentials, profile, region, endpoint, certificates.

Whatever our settings do not say is left to boto3's own chain: AWS_* variables, `~/.aws`, roles, the machine's own
identity. Making one takes 0.1 s, so the sources of a run share it.
"""

from __future__ import annotations

import logging
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore import UNSIGNED
from botocore.config import Config

from wansync.sources.origins import endpoint_origin
from wansync.surroundings.servers import CERTIFICATES
from wansync.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wansync.settings import S3Settings
    from wansync.sources.network import Network

WIDTH = 8
"""So many requests about objects at once, and as many connections of boto3."""
_AMAZON = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws")
_ENDPOINT = "The endpoint of S3 (`s3_endpoint`, AWS_ENDPOINT_URL_S3)"
_ENDPOINT_HINT = "Write it as `https://host`; keys go into AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
_CONNECT_SECONDS, _READ_SECONDS = 10, 60
_LOGGER = "botocore"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A client, and what it decided.

    Args:
        client: boto3's; for all threads.
        network: the connections for bodies, which trust whom the client trusts.
        custom: whether it asks a server that somebody named, not Amazon's.
        anonymous: whether it signs nothing.
    """

    client: Any
    network: Network
    custom: bool
    anonymous: bool


def shared_session(settings: S3Settings, network: Network) -> Session:
    """Return the session of a run for some settings.

    Raises:
        UsageError: the endpoint is no URL, or has more than a URL's scheme, host, port and path.
        botocore.exceptions.BotoCoreError: the user's own settings for AWS cannot be used.
    """
    return network.once(("s3", settings), lambda: _make(settings, network))


def _make(settings: S3Settings, network: Network) -> Session:
    _keep_quiet()
    if settings.endpoint:
        endpoint_origin(_ENDPOINT, settings.endpoint, _ENDPOINT_HINT)
    core = botocore.session.get_session()
    bundle = core.get_config_variable("ca_bundle")
    config = Config(
        signature_version=UNSIGNED if settings.anonymous else "s3v4",
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        # Once: how often to try again, and who hears of it, is decided here.
        retries={"total_max_attempts": 1},
        max_pool_connections=WIDTH,
        # Of ranges a checksum says nothing, and every byte is compared with the lock.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        user_agent_extra=f"wansync/{__version__}",
    )
    session = boto3.session.Session(botocore_session=core, region_name=settings.region)
    options = {"endpoint_url": settings.endpoint, "verify": None if bundle else _trusted(network.variables)}
    client = session.client("s3", config=config, **options)
    custom = not (urlsplit(client.meta.endpoint_url).hostname or "").endswith(_AMAZON)
    if "addressing_style" not in (core.get_scoped_config().get("s3") or {}):
        # A name for each bucket is what few servers but Amazon's have; there, anything else leads to the wrong region.
        style = Config(s3={"addressing_style": "path" if custom else "virtual"})
        client = session.client("s3", config=config.merge(style), **options)
    trusting = network.trusting(bundle) if bundle else network
    return Session(client=client, network=trusting, custom=custom, anonymous=settings.anonymous)


def _trusted(variables: Mapping[str, str]) -> str | None:
    """Return the certificates that bodies are checked with too; `None` leaves it to boto3, which brings its own.

    boto3 takes a file, and of a directory it makes a server that cannot be reached.
    """
    named = (variables[name] for name in CERTIFICATES if variables.get(name))
    named_file = next((text for text in named if not Path(text).is_dir()), None)
    system = ssl.get_default_verify_paths().cafile
    return named_file or (system if system and Path(system).is_file() else None)


def _keep_quiet() -> None:
    """Keep botocore from logging what it signs, and with which token, unless somebody asked just that logger to."""
    logger = logging.getLogger(_LOGGER)
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.INFO)
