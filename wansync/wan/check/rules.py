"""Every rule about a model that somebody has looked at. Decides; reads nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.wan.check.configs import find_config_faults
from wansync.wan.check.named import find_unloadable
from wansync.wan.check.roles import find_role_faults
from wansync.wan.check.weights import find_weight_faults

if TYPE_CHECKING:
    from wansync.wan.check.fault import Fault
    from wansync.wan.check.look import Looked


def find_faults(looked: Looked, *, text_encoder: bool = True) -> tuple[Fault, ...]:
    """Return what is wrong with the parts of a model; empty when they fit together.

    Args:
        looked: the model.
        text_encoder: whether one is needed.
    """
    return (
        *find_role_faults(looked.paths, text_encoder=text_encoder),
        *looked.faults,
        *find_config_faults(looked),
        *find_weight_faults(looked),
        *find_unloadable(looked.paths),
    )
