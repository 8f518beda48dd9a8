"""The lines that version control leaves in a text where it could not merge two sides. No IO."""

from __future__ import annotations

import re

# No line of TOML begins with these characters, except inside of a string over several lines, which no lock has.
# Seven is only the default length: `conflict-marker-size` and merges of merges make others.
_MARKER = re.compile(rb"^(<{3,}|\|{3,}|={3,}|>{3,})(?:[ \t][^\n]*)?\r?$", re.MULTILINE)


def conflict_marker(line: bytes) -> bytes:
    """Return the run of `<`, `|`, `=` or `>` that makes a line a conflict marker; empty when it is none."""
    found = _MARKER.match(line)
    return found[1] if found else b""


def find_conflict(data: bytes) -> int | None:
    """Return the line, from 1, of the first conflict marker in a text, or `None` when it has none."""
    found = _MARKER.search(data)
    return data.count(b"\n", 0, found.start()) + 1 if found else None
