"""The one stream of facts about a run. Progress bars, logs, metrics and JSON are its reporters. No IO.

Events are past or present facts; a reporter cannot influence the run, and an exception in one is dropped.
"""

from wansync.events.asking import (
    AskStarted,
    ListFinished,
    ListStarted,
    SourceAnswered,
    SourceFailed,
    SourceRenamed,
    SourceWaiting,
)
from wansync.events.attempts import FetchEnded
from wansync.events.hashing import (
    AdoptionStarted,
    HashFinished,
    HashProgress,
    HashStarted,
    LocalHashStarted,
    VerifyStarted,
)
from wansync.events.kinds import (
    AdoptionFailed,
    BlobAdopted,
    BlobPublished,
    BlobRejected,
    FetchProgress,
    FetchRestarted,
    FetchStarted,
    FileFailed,
    FileReady,
    FileStarted,
    LinkProgress,
    LinkStarted,
    RemovalFinished,
    RemovalStarted,
    RunFinished,
    RunStarted,
    SegmentRejected,
    StageStarted,
    ViewReady,
)
from wansync.events.meter import HashMeter
from wansync.events.pushing import PushStarted
from wansync.events.remarks import CredentialSkipped, TransportSkipped
from wansync.events.run_id import new_run_id
from wansync.events.stream import Event, EventStream, Reporter, type_name
from wansync.events.waiting import LockFollowed, LockTaken, LockWaiting

__all__ = [
    "AdoptionFailed",
    "AdoptionStarted",
    "AskStarted",
    "BlobAdopted",
    "BlobPublished",
    "BlobRejected",
    "CredentialSkipped",
    "Event",
    "EventStream",
    "FetchEnded",
    "FetchProgress",
    "FetchRestarted",
    "FetchStarted",
    "FileFailed",
    "FileReady",
    "FileStarted",
    "HashFinished",
    "HashMeter",
    "HashProgress",
    "HashStarted",
    "LinkProgress",
    "LinkStarted",
    "ListFinished",
    "ListStarted",
    "LocalHashStarted",
    "LockFollowed",
    "LockTaken",
    "LockWaiting",
    "PushStarted",
    "RemovalFinished",
    "RemovalStarted",
    "Reporter",
    "RunFinished",
    "RunStarted",
    "SegmentRejected",
    "SourceAnswered",
    "SourceFailed",
    "SourceRenamed",
    "SourceWaiting",
    "StageStarted",
    "TransportSkipped",
    "VerifyStarted",
    "ViewReady",
    "new_run_id",
    "type_name",
]
