"""Cases that fail with the present code, each with its reason. It must be empty when the engine is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

FAILS: dict[str, str] = {}
"""Why a case fails, by its id."""


def known(*ids: str, values: Mapping[str, Any] | None = None) -> list[Any]:
    """Return cases as parameters; those that fail with the present code must fail.

    Args:
        ids: of the cases.
        values: what a test is given for each, instead of the id.
    """
    marks = {id_: [pytest.mark.xfail(strict=True, reason=FAILS[id_])] for id_ in ids if id_ in FAILS}
    return [pytest.param((values or {}).get(id_, id_), id=id_, marks=marks.get(id_, [])) for id_ in ids]
