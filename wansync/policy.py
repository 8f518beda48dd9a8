"""What a project accepts of what it locks: licences. Pickles are judged in `resolve`, where the opt-in is. No IO."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import field
from typing import TYPE_CHECKING

from wansync.errors import PolicyDeniedError
from wansync.text import count_noun, printable
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from collections.abc import Set as AbstractSet

    from wansync.lockfile import LockedComponent, Lockfile


_TOKEN = re.compile(r"[()]|[^\s()]+")
_WORDS = frozenset({"and", "or", "with", "(", ")"})
_MAX_BRACKETS = 50


@value_type
class LicensePolicy:
    """Which licences may be locked: none of `deny`, and only those of `allow` unless it is empty.

    Ids compare without case. Of `A OR B` one must be acceptable, of `A AND B` both (SPDX expressions, annex D). `A+`
    and `A WITH B` are judged as they stand and as `A`. Where there is a policy, what is no expression is refused.
    """

    allow: frozenset[str] = field(default_factory=frozenset)
    deny: frozenset[str] = field(default_factory=frozenset)

    @classmethod
    def of(cls, allow: Iterable[str] = (), deny: Iterable[str] = ()) -> LicensePolicy:
        """Return the policy of licence ids as people write them."""
        return cls(allow=frozenset(map(_fold, allow)), deny=frozenset(map(_fold, deny)))

    def check(self, lock: Lockfile) -> None:
        """Check every component.

        Raises:
            PolicyDeniedError: some have a licence that is denied or not allowed, or none where only some are allowed.
        """
        denied = [component for component in lock.components if not self.accepts(component.license)]
        if denied:
            raise _denied(denied)

    def accepts(self, expression: str | None) -> bool:
        """Return whether a licence may be locked; `None` is a licence that nobody states."""
        if expression is None or not (self.allow or self.deny):
            return not self.allow
        try:
            return _Expression(expression, self._accepts_one).judge()
        except ValueError:
            return False

    def _accepts_one(self, names: AbstractSet[str]) -> bool:
        return names.isdisjoint(self.deny) and (not self.allow or not names.isdisjoint(self.allow))


class _Expression:
    """A licence expression that is judged while it is read; `accepts` judges a licence by all its names.

    Raises:
        ValueError: the text is no expression.
    """

    def __init__(self, text: str, accepts: Callable[[AbstractSet[str]], bool]) -> None:
        if text.count("(") > _MAX_BRACKETS:
            raise ValueError("too many brackets")
        self._tokens: deque[str] = deque(_TOKEN.findall(text.casefold()))
        self._accepts = accepts

    def judge(self) -> bool:
        accepted = self._any()
        if self._tokens:
            raise ValueError("more than one expression")
        return accepted

    def _any(self) -> bool:
        accepted = self._all()
        while self._takes("or"):
            accepted |= self._all()
        return accepted

    def _all(self) -> bool:
        accepted = self._one()
        while self._takes("and"):
            accepted &= self._one()
        return accepted

    def _one(self) -> bool:
        if self._takes("("):
            accepted = self._any()
            if not self._takes(")"):
                raise ValueError("a bracket is not closed")
            return accepted
        name = self._name()
        names = {name, name.removesuffix("+")}
        if self._takes("with"):
            names.add(f"{name} with {self._name()}")
        return self._accepts(names)

    def _name(self) -> str:
        if not self._tokens or self._tokens[0] in _WORDS:
            raise ValueError("a licence is missing")
        return self._tokens.popleft()

    def _takes(self, word: str) -> bool:
        if not self._tokens or self._tokens[0] != word:
            return False
        self._tokens.popleft()
        return True


def _denied(components: list[LockedComponent]) -> PolicyDeniedError:
    first = components[0]
    stated = f"the licence `{printable(first.license)}`" if first.license else "a licence that nobody states"
    more = f", and {count_noun(len(components) - 1, 'more component')}" if len(components) > 1 else ""
    return PolicyDeniedError(
        f"The component `{first.id}` has {stated}, which the policy of this run does not accept{more}",
        hint="Leave the component out, state its licence with `license` in `models.toml`, or change "
        "`--allow-license` and `--deny-license`",
        components=[component.id for component in components],
        licenses=sorted({component.license or "" for component in components}),
    )


def _fold(name: str) -> str:
    return " ".join(name.strip().strip("()").split()).casefold()
