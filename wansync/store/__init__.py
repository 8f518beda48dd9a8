"""The store: blobs by digest, and everything that keeps them safe. It verifies while it writes.

Not responsible for plans, or for where bytes come from. `fsops` is its one seam to the file system.
"""

from wansync.store.checked import SegmentWrongError
from wansync.store.ingest import Ingest, WrongBytesError
from wansync.store.last_errors import LastError
from wansync.store.layout import StoreLayout
from wansync.store.leases import Lease
from wansync.store.prefixes import SEGMENT
from wansync.store.root import Claim, Generation, ProjectIdentity, Root
from wansync.store.runs import Phase, RunRecord
from wansync.store.segmented import SegmentedIngest
from wansync.store.store import Store

__all__ = [
    "SEGMENT",
    "Claim",
    "Generation",
    "Ingest",
    "LastError",
    "Lease",
    "Phase",
    "ProjectIdentity",
    "Root",
    "RunRecord",
    "SegmentWrongError",
    "SegmentedIngest",
    "Store",
    "StoreLayout",
    "WrongBytesError",
]
