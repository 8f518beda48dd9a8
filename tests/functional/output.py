"""What a run printed, made comparable: names instead of what differs between machines."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tests.support.documents import check_document

if TYPE_CHECKING:
    from tests.support.project import ProjectBuilder, Ran

_FILTERS = (
    (re.compile(r"sha256:[0-9a-f]{64}|\b(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{16})\b"), "[TREE]"),
    (re.compile(r"tree [0-9a-f]{7} -> [0-9a-f]{7}"), "tree [TREE] -> [TREE]"),
    (re.compile(r"\((?:reflink|hardlink|symlink)\)"), "([MODE])"),
    (re.compile(r"\(process \d+ on [A-Za-z0-9-]+\), (hashing|linking|bringing)"), r"(process [PID] on [HOST]), \1"),
    (re.compile(r"[\d.]+ [KMGTP]?i?B (free\b|after|must)"), r"[SIZE] \1"),
    # How long a path, a number and the name of a mode are decides where a line is broken.
    (re.compile(r"store: \[STORE\]\s+\((?:[\w.-]+, )?"), "store: [STORE] ([FS], "),
    (re.compile(r",\s+(after: \[SIZE\])"), r", \1"),
    (re.compile(r"\bby (?:reflink|hardlink|symlink)\b"), "by [MODE]"),
    (re.compile(r"held by: .* \(process \d+ on [A-Za-z0-9-]+\)"), "held by: [COMMAND] (process [PID] on [HOST])"),
)


def filtered(text: str, project: ProjectBuilder) -> str:
    """Return `text` without what differs between machines and runs."""
    text = text.replace(str(project.models_root), "[STORE]").replace(str(project.directory), "[PROJECT]")
    for pattern, name in _FILTERS:
        text = pattern.sub(name, text)
    return text


def shown(ran: Ran, project: ProjectBuilder) -> str:
    """Return all that a run said: stdout, stderr and its status."""
    return filtered(f"{ran.stdout}--- stderr\n{ran.stderr}--- status {ran.status}\n", project)


def document(name: str, ran: Ran) -> dict[str, Any]:
    """Return the one JSON document of a run, which must be all that `schemas/<name>.schema.json` says and no more."""
    values: dict[str, Any] = json.loads(ran.stdout)
    check_document(name, values)
    return values
