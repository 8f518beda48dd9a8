"""The doctor: what is wrong with a store, in one sentence each, and what helps. It looks, and changes nothing.

Not responsible for repair: that is `wansync sync`, which every hint leads to in the end.
"""

from wansync.doctor.checks import CHECKS, examine
from wansync.doctor.model import Check, Finding, Level, Subject
from wansync.doctor.owners import find_owners
from wansync.doctor.seen import see_views
from wansync.doctor.seen_blobs import see_blobs

__all__ = ["CHECKS", "Check", "Finding", "Level", "Subject", "examine", "find_owners", "see_blobs", "see_views"]
