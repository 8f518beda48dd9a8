"""What a project accepts of what it locks: licences. Pickles are judged in `resolve`, where the opt-in is. No IO."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wansync.errors import PolicyDeniedError
from wansync.text import count_noun, printable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wansync.lockfile import LockedComponent, Lockfile


@dataclass(frozen=True, slots=True, kw_only=True)
class LicensePolicy:
    """Which licences may be locked: none of `deny`, and only those of `allow` unless it is empty.

    Ids compare without case. Of `A OR B` one must be acceptable, of `A AND B` both (SPDX expressions, annex D).
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
        if expression is None:
            return not self.allow
        return any(
            all(self._accepts_one(_fold(name)) for name in re.split(r"\s+AND\s+", choice))
            for choice in re.split(r"\s+OR\s+", expression)
        )

    def _accepts_one(self, name: str) -> bool:
        return name not in self.deny and (not self.allow or name in self.allow)


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
    return name.strip().strip("()").casefold()
