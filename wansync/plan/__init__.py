"""(lock, selection, inventory, policy) -> Plan: the difference between the lock and the disk, in bytes.

Not responsible for carrying it out; that is `apply`. A plan is a forecast. No IO.
"""

from wansync.plan.build import Policy, origins_of, plan_sync, view_specs
from wansync.plan.model import (
    ComponentAction,
    ComponentVerb,
    Disk,
    FileAction,
    FileVerb,
    Origin,
    Plan,
    Reason,
    StageItem,
    ViewAction,
    ViewSpec,
)

__all__ = [
    "ComponentAction",
    "ComponentVerb",
    "Disk",
    "FileAction",
    "FileVerb",
    "Origin",
    "Plan",
    "Policy",
    "Reason",
    "StageItem",
    "ViewAction",
    "ViewSpec",
    "origins_of",
    "plan_sync",
    "view_specs",
]
