"""The secrets that this process has met, so that no text that leaves it shows one. No IO.

The first line of defence is that secrets are types which print as `***`. This is the second: whatever becomes a
credential is kept here too, and every way out replaces it.
"""

from __future__ import annotations

MASK = "***"
SHORTEST_SECRET = 6
"""Characters; a shorter one is part of common words, which a mask would make unreadable."""
_known: set[str] = set()


def keep_secret(value: str) -> None:
    """Let no text show a value from now on, in this process."""
    import json  # noqa: PLC0415 (the fast path, which meets no secret, does without)

    if len(value) >= SHORTEST_SECRET:
        # As it stands in a JSON document too.
        _known.update({value, json.dumps(value)[1:-1]})


def known_secrets() -> frozenset[str]:
    """Return every value that was kept."""
    return frozenset(_known)


def redact(text: str) -> str:
    """Return a text with `***` for every secret that was kept."""
    for value in sorted(_known, key=len, reverse=True):
        text = text.replace(value, MASK)
    return text
