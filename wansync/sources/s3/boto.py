"""A client of boto3 as its user has set it up: credentials, profile, region, endpoint, certificates.

Whatever our settings do not say is left to boto3's own chain: AWS_* variables, `~/.aws`, roles, the machine's own
identity. Loading boto3 and making a client takes 0.2 s of one core.
"""

from __future__ import annotations

import logging
import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore import UNSIGNED
from botocore.config import Config

from wansync.sources.s3.limits import LimitedSender
from wansync.sources.s3.plain import is_amazon
from wansync.sources.s3.session import WIDTH
from wansync.surroundings.servers import CERTIFICATE_FILES
from wansync.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wansync.settings import S3Settings
    from wansync.sources.network import Network

_CONNECT_SECONDS, _READ_SECONDS = 10, 60
_LOGGER = "botocore"
SENDER = "wansync-sender"
"""Under which name the client knows who sends what it asks."""


def make_client(settings: S3Settings, network: Network) -> tuple[Any, str | None]:
    """Return a client for all threads, and the certificates that its user's settings for AWS name.

    Raises:
        botocore.exceptions.BotoCoreError: the user's own settings for AWS cannot be used.
    """
    _keep_quiet()
    core = botocore.session.get_session()
    bundle: str | None = core.get_config_variable("ca_bundle")
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
    if "addressing_style" not in (core.get_scoped_config().get("s3") or {}):
        # A name for each bucket is what few servers but Amazon's have; there, anything else leads to the wrong region.
        style = Config(s3={"addressing_style": "virtual" if is_amazon(client.meta.endpoint_url) else "path"})
        client = session.client("s3", config=config.merge(style), **options)
    sender = LimitedSender(network.trusting(bundle) if bundle else network)
    client.meta.events.register("before-send.s3", sender.send, unique_id=SENDER)
    return client, bundle


def _trusted(variables: Mapping[str, str]) -> str | None:
    """Return the certificates that bodies are checked with too; `None` leaves it to boto3, which brings its own.

    boto3 takes a file, and of a directory it makes a server that cannot be reached.
    """
    named = (variables[name] for name in CERTIFICATE_FILES if variables.get(name))
    named_file = next((text for text in named if not Path(text).is_dir()), None)
    system = ssl.get_default_verify_paths().cafile
    return named_file or (system if system and Path(system).is_file() else None)


def _keep_quiet() -> None:
    """Keep botocore from logging what it signs, and with which token, unless somebody asked just that logger to."""
    logger = logging.getLogger(_LOGGER)
    if logger.level == logging.NOTSET:
        logger.setLevel(logging.INFO)
