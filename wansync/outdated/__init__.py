"""What has become of locked components upstream: answers of sources become findings. No IO.

Asking is for `ops/upstream`; nothing here moves a pin.
"""

from wansync.outdated.assess import assess
from wansync.outdated.model import Answer, Changes, Finding, FindingKind, Question, Standing

__all__ = ["Answer", "Changes", "Finding", "FindingKind", "Question", "Standing", "assess"]
