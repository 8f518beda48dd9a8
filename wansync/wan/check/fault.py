"""What can be wrong with the parts of a model, as values."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from wansync.errors import InvalidComponentsError
from wansync.text import count_noun, printable
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wansync.wan.paths import WanPart, WanPaths


class Rule(StrEnum):
    """What a fault breaks."""

    ROLE = "role"
    """A role of the model's type has no component, and no other role gives it."""
    EXPERT = "expert"
    """An expert is missing, or is the other one, or a shard of it is."""
    FOREIGN = "foreign"
    """Something does not belong to a model of this type."""
    FILE = "file"
    """A file is not there, or has another size than the locked one."""
    BYTES = "bytes"
    """A file of the view does not have the locked bytes, or nobody has verified that it has."""
    HEADER = "header"
    """A safetensors header, an index or a configuration cannot be read."""
    INDEX = "index"
    """An index of shards, the shards and the lock disagree."""
    CONFIG = "config"
    """A configuration has a value that the type of the model, or another component, excludes."""
    TENSOR = "tensor"
    """A tensor has another shape than the configuration says."""
    PIPELINE = "pipeline"
    """`model_index.json` names other parts than the view has, or another pipeline."""


@value_type
class Fault:
    """One thing that is wrong.

    Args:
        rule: which rule it breaks.
        role: the role that it concerns, or the kind where that has none.
        slot: the directory of the view.
        file: from the root of the view; empty where none is there.
        expected: what should be there.
        found: what is.
    """

    rule: Rule
    role: str
    slot: str
    file: str
    expected: str
    found: str

    @property
    def sentence(self) -> str:
        """What is wrong, in one sentence."""
        where = f"`{printable(self.file)}`" if self.file else f"the slot `{printable(self.slot)}`"
        return f"{where} ({self.role}): expected {printable(self.expected)}, found {printable(self.found)}"

    def to_dict(self) -> dict[str, str]:
        """Return the values behind the sentence."""
        return {
            "rule": str(self.rule),
            "role": self.role,
            "slot": self.slot,
            "file": self.file,
            "expected": self.expected,
            "found": self.found,
        }


def fault(rule: Rule, part: WanPart, file: object, *, expected: object, found: object) -> Fault:
    """Return a fault of a part; `file` is its path from the root of the view, or empty."""
    return Fault(
        rule=rule,
        role=str(part.role or part.kind),
        slot=part.slot,
        file=str(file),
        expected=str(expected),
        found=str(found),
    )


def error_of(paths: WanPaths, faults: Sequence[Fault]) -> InvalidComponentsError:
    """Return the error for what is wrong with a model: it says the first fault, and its facts have all of them."""
    first = faults[0]
    more = f" (and {count_noun(len(faults) - 1, 'more fault', 'more faults')})" if len(faults) > 1 else ""
    return InvalidComponentsError(
        f"`{paths.name}` cannot run as it is: {first.sentence}{more}",
        hint=_hint(paths, first),
        model=paths.name,
        **first.to_dict(),
        faults=[one.sentence for one in faults],
    )


def _hint(paths: WanPaths, first: Fault) -> str:
    view = f"models.{paths.model.id}.variants.{paths.variant.name}"
    match first.rule:
        case Rule.FILE | Rule.BYTES:
            return f"Run `wansync sync {paths.name}`, which makes it right"
        case Rule.ROLE:
            return f"Mount a component for it in `{view}.slots` of `models.toml`, and run `wansync lock`"
        case Rule.EXPERT | Rule.FOREIGN:
            return f"Correct the components in `{view}.slots` of `models.toml`, and run `wansync lock`"
        case _:
            return "Its bytes are the locked ones: correct the source of the component in `models.toml`, and lock again"
