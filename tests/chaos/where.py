"""Where the liar stands: in the place of a source, or in that of a mirror before an honest one."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.chaos.bucket import BUCKET

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.chaos.server import Liar
    from tests.chaos.wire import Asked

WEB_URL = "CHAOS_URL"
"""The variable that holds the URL of the files, where they are those of an `https:` source."""
_ACCESS_KEY = "AKIACHAOS"
_NOWHERE = "http://127.0.0.1:9"
_SIGNED = re.compile(r"Signature=([0-9a-f]{64})")
"""What S3 is sent in place of the key, in the address or in a header."""


class Where(StrEnum):
    """Every place that a file may come from over a network."""

    HUB = "hub"
    WEB = "https"
    BUCKET = "s3"
    WEB_MIRROR = "mirror"
    BUCKET_MIRROR = "s3 mirror"

    @property
    def is_mirror(self) -> bool:
        """Whether another place has the file too."""
        return self in {Where.WEB_MIRROR, Where.BUCKET_MIRROR}

    @property
    def is_bucket(self) -> bool:
        """Whether it is asked as S3 is."""
        return self in {Where.BUCKET, Where.BUCKET_MIRROR}


MIRRORS = (Where.WEB_MIRROR, Where.BUCKET_MIRROR)


def web_url(liar: Liar) -> str:
    """Return the signed URL below which a liar has its files as a plain web server."""
    return f"{liar.url}/web?X-Signature={liar.signature}"


def variables(where: Where, liar: Liar, source: Liar) -> dict[str, str]:
    """Return the environment of a run: all the credentials that there are, and the mirror if the liar is one.

    Args:
        where: what the liar is.
        liar: who lies.
        source: who has the files that the lock names; the liar itself, unless that is a mirror.
    """
    given = {"HF_TOKEN": source.token, WEB_URL: web_url(source)}
    given |= {"AWS_ACCESS_KEY_ID": _ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": liar.key, "AWS_ENDPOINT_URL_S3": liar.url}
    if where is Where.WEB_MIRROR:
        port = urlsplit(liar.url).port
        given |= {f"WANSYNC_TOKEN_127_0_0_1_{port}": liar.token, "WANSYNC_MIRRORS": f"near={liar.url}/mirror"}
    if where is Where.BUCKET_MIRROR:
        given |= {"WANSYNC_MIRRORS": f"near=s3:{BUCKET}/mirror"}
    return given


def choices(where: Where, source: Liar) -> dict[str, Any]:
    """Return what a project is told besides; a web server and a bucket are not where the token of the Hub goes."""
    endpoint = _NOWHERE if where in {Where.WEB, Where.BUCKET} else source.url
    return {"hub_endpoint": endpoint, "no_hub_cache": True, "min_free": "0", "frozen": True}


def secrets(liars: Mapping[str, Liar]) -> set[str]:
    """Return what must not be said or kept: the canaries of all servers, and every signature that S3 was sent."""
    canaries = {secret for liar in liars.values() for secret in (liar.token, liar.signature, liar.key)}
    return canaries | {text for liar in liars.values() for asked in liar.asked for text in _SIGNED.findall(repr(asked))}


def strays(where: Where, liar: Liar, source: Liar) -> Iterator[str]:
    """Yield, as sentences, the credentials that went where they do not belong."""
    asked = {liar, source}
    everything = [(owner, one) for owner in asked for one in owner.asked]
    away = [one for owner, one in everything if owner is not liar or one.origin != "hub"]
    for owner in asked:
        foreign = [one for other, one in everything if other is not owner or one.origin != "hub"]
        at_hub = where not in {Where.WEB, Where.BUCKET}
        if any(_has(one, owner.token) for one in (foreign if at_hub else owner.asked)):
            yield "the token went elsewhere"
    if where is Where.WEB and any(_has(one, liar.signature) for one in away):
        yield "the signature of the address went elsewhere"
    if any(_SIGNED.search(repr(one)) for one in away):
        yield "what S3 is signed with went elsewhere"
    if any(_has(one, owner.key) for owner, one in everything):
        yield "the secret key was sent"


def _has(asked: Asked, secret: str) -> bool:
    return secret in repr(asked)
