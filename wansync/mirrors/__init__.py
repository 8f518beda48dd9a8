"""Mirrors that can be written: what is on one, and how objects get there and away. Fetching is `transfer`'s.

A mirror is plain objects: `blobs/sha256/<2>/<digest>`, and in `locks/` the locks that name them.
"""

from wansync.mirrors.mark import MARKS, Mark, PruneMark, living_marks
from wansync.mirrors.objects import Found, Objects, Stored
from wansync.mirrors.registry import open_objects

__all__ = ["MARKS", "Found", "Mark", "Objects", "PruneMark", "Stored", "living_marks", "open_objects"]
