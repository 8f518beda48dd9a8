"""(lock, selection, inventory, policy) -> Plan: the difference between the lock and the disk, in bytes.

Not responsible for carrying it out; that is `apply`. A plan is a forecast. No IO.
"""

from wansync.plan.actions import ComponentAction, DriftedFile, FileAction, Origin, StageItem, ViewAction, ViewSpec
from wansync.plan.adoption import AdoptionPlan, AdoptionPolicy, Candidate, Lack, Means, plan_adoption
from wansync.plan.between import former_of, synced_to
from wansync.plan.build import Policy, origins_of, plan_sync
from wansync.plan.ceiling import download_refusal
from wansync.plan.content import PlanContent
from wansync.plan.entries import Entry, Part, plan_entries
from wansync.plan.model import Disk, Plan
from wansync.plan.places import Places, mirror_ref, path_on
from wansync.plan.routes import Route, Routes, routes_of
from wansync.plan.saved import MAX_PLAN_BYTES, read_saved
from wansync.plan.turns import in_turn
from wansync.plan.verbs import ComponentVerb, Drift, FileVerb, Reason
from wansync.plan.verification import Depth, Look
from wansync.plan.verification import choose as choose_to_hash
from wansync.plan.views import view_specs

__all__ = [
    "MAX_PLAN_BYTES",
    "AdoptionPlan",
    "AdoptionPolicy",
    "Candidate",
    "ComponentAction",
    "ComponentVerb",
    "Depth",
    "Disk",
    "Drift",
    "DriftedFile",
    "Entry",
    "FileAction",
    "FileVerb",
    "Lack",
    "Look",
    "Means",
    "Origin",
    "Part",
    "Places",
    "Plan",
    "PlanContent",
    "Policy",
    "Reason",
    "Route",
    "Routes",
    "StageItem",
    "ViewAction",
    "ViewSpec",
    "choose_to_hash",
    "download_refusal",
    "former_of",
    "in_turn",
    "mirror_ref",
    "origins_of",
    "path_on",
    "plan_adoption",
    "plan_entries",
    "plan_sync",
    "read_saved",
    "routes_of",
    "synced_to",
    "view_specs",
]
