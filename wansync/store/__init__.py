"""The store: blobs by digest, and everything that keeps them safe. It verifies while it writes.

Not responsible for plans, or for where bytes come from. `fsops` is its one seam to the file system.
"""

from wansync.store.ingest import Ingest, WrongBytesError
from wansync.store.layout import StoreLayout
from wansync.store.roots import Claim, ProjectIdentity, Root
from wansync.store.runs import Phase, RunRecord
from wansync.store.store import Store

__all__ = [
    "Claim",
    "Ingest",
    "Phase",
    "ProjectIdentity",
    "Root",
    "RunRecord",
    "Store",
    "StoreLayout",
    "WrongBytesError",
]
