"""Obey a plan: stage everything, then link, then say so. Also removal, which is a plan too."""

from wansync.apply.hands import Apply
from wansync.apply.result import Applied, Failure

__all__ = ["Applied", "Apply", "Failure"]
