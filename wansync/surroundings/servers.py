"""The variables that matter to whoever reaches servers: proxies, certificates, credentials. Their values are secret."""

from __future__ import annotations

import os
from pathlib import Path

from wansync.redaction import keep_secret, known_secrets
from wansync.surroundings import TOKEN_PREFIX

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
CERTIFICATE_FILE, CERTIFICATE_DIRECTORY = "SSL_CERT_FILE", "SSL_CERT_DIR"
"""The variables that name certificates to whatever uses OpenSSL, and count together."""
CERTIFICATE_FILES = (CERTIFICATE_FILE, "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""All that name a file of certificates, those first that count first; the latter two may name a directory too."""
AWS_CERTIFICATES = "AWS_CA_BUNDLE"
"""The same for servers of S3 alone, which trust nothing else then."""
_CREDENTIALS = (
    *("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "HF_HOME", "XDG_CACHE_HOME"),
    *("NETRC", "CREDENTIALS_DIRECTORY", "WANSYNC_CREDENTIALS_DIR"),
)
_SECRETS = (*_CREDENTIALS[:2], "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_AWS_FILES = {"AWS_CONFIG_FILE": "~/.aws/config", "AWS_SHARED_CREDENTIALS_FILE": "~/.aws/credentials"}
"""The files of AWS, and where they are where no variable names them."""
_AWS_MODELS = "~/.aws/models"
"""Where a user can describe services anew."""
_SECRET_NAMES = ("TOKEN", "SECRET", "PASSWORD", "PASSWD", "KEY", "CREDENTIAL", "AUTH", "PROXY", "COOKIE")


def secret_values() -> list[str]:
    """Return the values of variables whose names say that they hold a secret, and of all secrets that this run met."""
    told = [value for name, value in os.environ.items() if any(word in name.upper() for word in _SECRET_NAMES)]
    return [*told, *known_secrets()]


def network_variables() -> dict[str, str]:
    """Return the variables that name proxies and certificates, by their names in upper case; the values are secrets."""
    # In lower case too, which wins, as everywhere; a server's `Proxy` header must not become a proxy of its scripts.
    names = [name for name in _PROXIES if name != "HTTP_PROXY" or "REQUEST_METHOD" not in os.environ]
    proxies = {name: os.environ.get(name.lower()) or os.environ.get(name, "") for name in names}
    proxies.setdefault("HTTP_PROXY", os.environ.get("http_proxy", ""))
    return {**proxies, **{name: os.environ.get(name, "") for name in (*CERTIFICATE_FILES, CERTIFICATE_DIRECTORY)}}


def credential_variables() -> dict[str, str]:
    """Return the variables that hold or name a credential, and let no text show what they hold from now on."""
    named = {name: os.environ[name] for name in _CREDENTIALS if name in os.environ}
    tokens = {name: value for name, value in os.environ.items() if name.upper().startswith(TOKEN_PREFIX)}
    for value in (*tokens.values(), *(os.environ.get(name, "") for name in _SECRETS)):
        keep_secret(value.strip())
    return named | tokens


def aws_variables() -> dict[str, str] | None:
    """Return the variables of AWS, where they alone say how its services are asked; `None` where a file has a say."""
    # With variables in them, as botocore reads them.
    files = [Path(os.path.expandvars(os.environ.get(name) or usual)) for name, usual in _AWS_FILES.items()]
    try:
        if any(path.expanduser().exists() for path in (*files, Path(_AWS_MODELS))):
            return None
    except (OSError, RuntimeError):
        return None  # such as a user without a home: boto3 says what that means
    return {name: text for name, text in os.environ.items() if name.startswith("AWS_") and name not in _AWS_FILES}
