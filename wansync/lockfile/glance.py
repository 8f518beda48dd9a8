"""What a lock names, found line by line without parsing it: for shell completion, which nobody waits for. No IO.

It relies on the form that `write.py` gives a lock. A lock of another form only yields fewer names.
"""

from __future__ import annotations

import re

from wansync.value_types import value_type

_LINE = re.compile(
    r'^(?:(?P<section>\[.*\])|(?P<key>[A-Za-z0-9._+"-]+) = (?:"(?P<value>[^"\\]*)"|\[).*)$', re.MULTILINE
)
_NAMED = {"[[component]]": "id", "[[model]]": "id", "[[model.variant]]": "name"}


@value_type
class LockNames:
    """The names of a lock, in its order; variants as `model@variant`."""

    models: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()


def glance(text: str) -> LockNames:
    """Return what the text of a lock names; never raises."""
    found: dict[str, list[str]] = {section: [] for section in (*_NAMED, "[project.profiles]")}
    section = ""
    for line in _LINE.finditer(text):
        section = line["section"] or section
        key, value = line["key"], line["value"]
        if key and section == "[project.profiles]":
            found[section].append(key.strip('"'))
        elif key and value and _NAMED.get(section) == key:
            owner = f"{found['[[model]]'][-1]}@" if section == "[[model.variant]]" and found["[[model]]"] else ""
            found[section].append(owner + value)
    components, models, variants, profiles = (tuple(names) for names in found.values())
    return LockNames(models=models, variants=variants, components=components, profiles=profiles)
