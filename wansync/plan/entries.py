"""A plan as a person reads it: an entry for each model with its components below, then what belongs to no model.

What several models mount stands with the first of them, and is only named with the others, so the bytes of all entries
add up to those of the plan. No IO.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.inventory import ViewFolder
from wansync.plan.verbs import ComponentVerb, FileVerb, Reason
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wansync.plan.actions import ComponentAction, ViewAction
    from wansync.plan.model import Plan


@value_type
class Part:
    """A component below an entry; `shared_with` is the entry that its bytes stand with, where that is another one."""

    action: ComponentAction
    shared_with: str | None = None

    @property
    def is_quiet(self) -> bool:
        """Whether nothing happens to its bytes: links are told of with the view."""
        return self.action.verb in {ComponentVerb.KEEP, ComponentVerb.CHANGE}


@value_type
class Entry:
    """One thing that happens: to a model, or to a component that stands for itself.

    Args:
        view: the view of the name, if the entry has one.
        parts: its components; a component that stands for itself is its only part.
        is_model: whether it is a model with components below it.
    """

    name: str
    verb: ComponentVerb
    parts: tuple[Part, ...]
    view: ViewAction | None = None
    is_model: bool = True

    @property
    def own(self) -> tuple[ComponentAction, ...]:
        """The components whose bytes stand with this entry."""
        return tuple(part.action for part in self.parts if part.shared_with is None)

    @property
    def to_fetch(self) -> int:
        """The bytes still to come from sources for this entry."""
        return sum(action.to_fetch for action in self.own)

    @property
    def resumed(self) -> int:
        """The bytes that partials hold already."""
        return sum(action.resumed for action in self.own)

    def bytes_of(self, verb: FileVerb) -> int:
        """Return the total size of its files with the verb."""
        return sum(action.bytes_of(verb) for action in self.own)


def plan_entries(plan: Plan) -> tuple[Entry, ...]:
    """Return what a plan does, in the order in which it is shown: models, components for themselves, removals."""
    first: dict[str, str] = {}
    entries = []
    views = {view.spec.key.name: view for view in plan.views}
    for name, view in views.items():
        if view.spec.key.folder is ViewFolder.MODELS:
            parts = tuple(_part(action, name, first) for action in plan.components if name in action.models)
            entries.append(Entry(name=name, verb=_verb_of(view, parts), parts=parts, view=view))
    alone = [action for action in plan.components if action.id in views or action.id not in first]
    alone.sort(key=lambda action: action.verb is ComponentVerb.REMOVE)
    for action in alone:
        part = _part(action, action.id, first)
        own = views.get(action.id)
        verb = _verb_alone(action, own) if part.shared_with is None else _verb_of_links(own)
        entries.append(Entry(name=action.id, verb=verb, parts=(part,), view=own, is_model=False))
    return tuple(entries)


def _part(action: ComponentAction, name: str, first: dict[str, str]) -> Part:
    owner = first.setdefault(action.id, name)
    return Part(action=action, shared_with=None if owner == name else owner)


def _verb_of(view: ViewAction, parts: Sequence[Part]) -> ComponentVerb:
    """Return what happens to a model, given its view and its components."""
    verbs = {part.action.verb for part in parts}
    if view.reason is Reason.NEW and not view.applied:
        return ComponentVerb.ADD
    if ComponentVerb.REPLACE in verbs or (ComponentVerb.ADD in verbs and view.applied):
        return ComponentVerb.REPLACE
    if ComponentVerb.ADD in verbs:
        # The view stands, and this project has not applied it: another one has built it.
        return ComponentVerb.KEEP if _is_there(view, (part.action for part in parts)) else ComponentVerb.ADD
    if ComponentVerb.REPAIR in verbs:
        return ComponentVerb.REPAIR
    return _verb_of_links(view)


def _verb_alone(action: ComponentAction, view: ViewAction | None) -> ComponentVerb:
    if action.verb is ComponentVerb.ADD and view and _is_there(view, (action,)):
        return ComponentVerb.KEEP
    return action.verb


def _is_there(view: ViewAction, actions: Iterable[ComponentAction]) -> bool:
    """Return whether a view leads to right bytes as it stands, so that nothing but a record is to be written."""
    return not view.links and all(file.verb is FileVerb.KEEP for action in actions for file in action.files)


def _verb_of_links(view: ViewAction | None) -> ComponentVerb:
    return ComponentVerb.CHANGE if view and view.links else ComponentVerb.KEEP
