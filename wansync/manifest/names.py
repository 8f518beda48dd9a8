"""How models are named: ids, aliases, and `model@version:variant`. No IO."""

from __future__ import annotations

import re
from typing import Self

from wansync.errors import UsageError
from wansync.text import printable
from wansync.value_types import value_type

_END = r"(?![\s\S])"
"""The end of the text for Python and for the regular expressions of JSON Schema; in Python `$` allows a newline."""
MAX_ID_LENGTH = 64
ID_PATTERN = rf"^[A-Za-z0-9](?:[A-Za-z0-9._+-]{{0,{MAX_ID_LENGTH - 2}}}[A-Za-z0-9_+-])?{_END}"
"""An id is a portable directory name without the separators `@` and `:`; it does not end in a dot."""
SOURCE_PATTERN = rf"^(hf|s3|https|file):[^\r\n]+{_END}"
SHA256_PATTERN = rf"^[0-9a-f]{{64}}{_END}"
MODEL_REF_PATTERN = rf"^[A-Za-z0-9][A-Za-z0-9._+-]*(@([A-Za-z0-9._+-]+:)?[A-Za-z0-9._+-]+)?{_END}"

_ID = re.compile(ID_PATTERN)


def fold(name: str) -> str:
    """Return the form in which ids, aliases and variants compare: case does not count."""
    return name.casefold()


def is_id(text: str) -> bool:
    """Return whether `text` is a well-formed id of a model, variant, component or profile."""
    return bool(_ID.fullmatch(text))


@value_type
class ModelRef:
    """A model as somebody wrote it: `t2v-A14B`, `t2v-A14B@native` or `t2v-A14B@2.2.0:native`."""

    model_id: str
    version: str | None = None
    variant: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the reference that `text` spells.

        Raises:
            UsageError: the text has none of the three forms.
        """
        model_id, at, rest = text.partition("@")
        version, colon, variant = rest.rpartition(":")
        parts = [model_id, *([variant] if at else []), *([version] if colon else [])]
        if not all(is_id(part) for part in parts):
            raise UsageError(
                f"`{printable(text)}` is no model",
                hint="Write `t2v-A14B`, `t2v-A14B@native` or `t2v-A14B@2.2.0:native`",
            )
        return cls(model_id=model_id, version=version or None, variant=variant or None)

    def __str__(self) -> str:
        version = f"{self.version}:" if self.version else ""
        return f"{self.model_id}@{version}{self.variant}" if self.variant else self.model_id
