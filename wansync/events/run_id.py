"""The id of a run, and how it tells which run has started it. No IO."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

RUN_VARIABLE = "WANSYNC_RUN_ID"
_ABOVE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,49}")
"""What may stand in names of files and in every log; longer ones would grow with each process below."""


def new_run_id(variables: Mapping[str, str]) -> str:
    """Return an id for a run: 12 digits of its own, behind the id of the run that has started it, if one has.

    Args:
        variables: the environment.
    """
    own, above = secrets.token_hex(6), variables.get(RUN_VARIABLE, "")
    return f"{above}.{own}" if _ABOVE.fullmatch(above) else own
