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


def in_turn(plan: Plan) -> list[list[StageItem]]:
    """Return what is to be staged in rounds, of which each ends before the next: what comes first, then the rest.

    In a round no model waits for all of another. A file of several components comes first if one of them does.
    """
    models = {
        file.digest: (component.models or (component.id,))[0]
        for component in reversed(plan.components)
        for file in component.files
    }
    wanted = set(plan.first)
    first = {file.digest for component in plan.components if component.id in wanted for file in component.files}
    return take_turns(plan.stage, lambda item: models.get(item.digest, ""), lambda item: item.digest in first)


def take_turns(
    items: Iterable[_T], group: Callable[[_T], str], first: Callable[[_T], bool] = lambda _: False
) -> list[list[_T]]:
    """Return rounds of items in which each group has its turn after the others, in the order in which they came.

    Args:
        items: in the order in which they would be taken one by one.
        group: what an item belongs to: a model.
        first: whether an item belongs to the round before that of all others. A round of no items is not there.
    """
    ranked: dict[bool, dict[str, list[_T]]] = {True: defaultdict(list), False: defaultdict(list)}
    for item in items:
        ranked[first(item)][group(item)].append(item)
    return [_alternate(groups.values()) for groups in ranked.values() if groups]


def _alternate(groups: Iterable[list[_T]]) -> list[_T]:
    turns = zip_longest(*([[item] for item in group] for group in groups), fillvalue=[])
    return [item for turn in turns for place in turn for item in place]
