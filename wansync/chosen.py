"""What every origin gives for the settings of a run: reads the files of the user, the system and the project.

Also where the run looks for credentials, which are no settings.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from wansync.errors import InvalidConfigError, InvalidManifestError, UsageError, WansyncError
from wansync.events import CredentialSkipped, TransportSkipped
from wansync.manifest import MAX_MANIFEST_BYTES
from wansync.manifest.settings import may_have_settings, parse_project_settings
from wansync.settings import OriginKind, Transport, choose, from_choices, from_variables
from wansync.settings.document import MAX_CONFIG_BYTES, parse_config, parse_rules
from wansync.settings.parse import parse_flag, says_yes
from wansync.sources import Access
from wansync.sources.credentials.of_run import Places
from wansync.surroundings import (
    UserDirectories,
    config_file,
    config_is_named,
    config_switch,
    home_and_logins,
    system_config_file,
    variables,
)
from wansync.surroundings.servers import aws_variables, credential_variables

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from wansync.events import EventStream
    from wansync.settings import Choices, Chosen, Layer, Settings
    from wansync.settings.urls import UrlRule
    from wansync.sources import Credentials, Network


def gather_choices(choices: Choices, manifest: Path) -> dict[str, Chosen]:
    """Return every setting with its value and where it came from.

    Args:
        choices: what wins over all else.
        manifest: the path of `models.toml`, which may be absent.

    Raises:
        UsageError: a choice or a variable makes no sense.
        InvalidConfigError, InvalidManifestError: a file cannot be read, or its settings make no sense.
    """
    files = (_of_user(), _of_system(), _of_project(manifest))
    layers = (from_choices(choices), from_variables(variables()), *files)
    return choose(layers, UserDirectories())


def places_of_credentials(settings: Settings, events: EventStream) -> Places:
    """Return where a run with these settings looks for credentials; `events` is told of those that cannot be used."""
    home, logins = home_and_logins()
    return Places(
        variables=credential_variables(),
        home=home,
        logins=logins,
        hub_endpoint=settings.hub_endpoint,
        warn=lambda sentence: events.emit(CredentialSkipped(message=sentence)),
    )


def make_access(
    base: Path, settings: Settings, events: EventStream, network: Network, credentials: Credentials
) -> Access:
    """Return what a run with these settings hands to all of its sources; `file:` locations are relative to `base`."""
    return Access(
        base=base,
        events=events,
        hub_endpoint=settings.hub_endpoint,
        s3=settings.s3,
        network=network,
        credentials=credentials,
        variables=variables(),
        aws=aws_variables(),
    )


def comes_whole(settings: Settings, events: EventStream) -> bool:
    """Return whether large files of the Hub come by hf_transfer, and say so where only its old variable asks for it."""
    if settings.transport is Transport.BUILTIN and says_yes(variables().get("HF_HUB_ENABLE_HF_TRANSFER", "")):
        how = "WANSYNC_TRANSPORT=hf_transfer takes hf_transfer"
        events.emit(TransportSkipped(message=f"HF_HUB_ENABLE_HF_TRANSFER is set and not heeded; {how}"))
    return settings.transport is Transport.HF_TRANSFER


def url_rules() -> Mapping[str, UrlRule]:
    """Return how the user lets `https:` sources be reached; raises as `gather_choices`."""
    path, data = _read_config()
    return parse_rules(data, path) if path and data is not None else {}


def _of_user() -> Layer:
    path, data = _read_config()
    return parse_config(data, path) if path and data is not None else {}


def _read_config() -> tuple[Path | None, bytes | None]:
    """Return the path of the user's settings and the bytes there; `None` where there are none."""
    _require_yes_or_no(config_switch())
    path = config_file()
    data = read_document(path, MAX_CONFIG_BYTES, InvalidConfigError) if path else None
    if path and data is None and config_is_named():
        hint = "Correct the path, or leave out `--config-file` and WANSYNC_CONFIG_FILE"
        raise InvalidConfigError(f"There is no file `{path}`", hint=hint, file=str(path))
    return path, data


def _of_system() -> Layer:
    path = system_config_file()
    data = read_document(path, MAX_CONFIG_BYTES, InvalidConfigError) if path else None
    return {} if path is None or data is None else parse_config(data, path, OriginKind.SYSTEM)


def _require_yes_or_no(switch: str) -> None:
    try:
        parse_flag(switch)
    except UsageError as error:
        raise UsageError(f"WANSYNC_NO_CONFIG: {error.reason}", hint=error.hint) from None


def _of_project(path: Path) -> Layer:
    data = read_document(path, MAX_MANIFEST_BYTES)
    if not data or not may_have_settings(data):
        return {}
    return parse_project_settings(data, path)


def read_document(path: Path, limit: int, unreadable: type[WansyncError] = InvalidManifestError) -> bytes | None:
    """Return the bytes of a regular file, one more than `limit` at most; `None` where there is none.

    The parser says of what is larger that it is too large.

    Raises:
        WansyncError: it cannot be read; the error is `unreadable`.
    """
    try:
        # O_NONBLOCK: a FIFO in place of a document must not make the run wait for a writer.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(path, flags), "rb") as stream:
            regular = stat.S_ISREG(os.fstat(stream.fileno()).st_mode)
            data = stream.read(limit + 1) if regular else b""
        cause = "" if regular else "it is no regular file"
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        cause = error.strerror or "unknown error"
    if cause:
        hint = "Check the path and its permissions"
        raise unreadable(f"`{path.name}` cannot be read: {cause}", hint=hint, file=str(path))
    return data
