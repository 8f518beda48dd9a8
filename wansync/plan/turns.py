"""In which order files are made present: fair between models, what was asked for first, first. No IO."""

from __future__ import annotations

from collections import defaultdict
from itertools import zip_longest
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from wansync.plan.actions import StageItem
    from wansync.plan.model import Plan

_T = TypeVar("_T")


def in_turn(plan: Plan) -> list[StageItem]:
    """Return what is to be staged so that no model waits for all of another."""
    models = {
        file.digest: (component.models or (component.id,))[0]
        for component in reversed(plan.components)
        for file in component.files
    }
    return take_turns(plan.stage, lambda item: models.get(item.digest, ""))


def take_turns(
    items: Iterable[_T], group: Callable[[_T], str], first: Callable[[_T], bool] = lambda _: False
) -> list[_T]:
    """Return the items so that each group has its turn after the others, in the order in which they came.

    Args:
        items: in the order in which they would be taken one by one.
        group: what an item belongs to: a model.
        first: whether an item comes before all that do not.
    """
    ranked: dict[bool, dict[str, list[_T]]] = {True: defaultdict(list), False: defaultdict(list)}
    for item in items:
        ranked[first(item)][group(item)].append(item)
    return [
        item
        for groups in ranked.values()
        for turn in zip_longest(*([[item] for item in group] for group in groups.values()), fillvalue=[])
        for place in turn
        for item in place
    ]
