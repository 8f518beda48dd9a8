"""A smoke test: two steps of a small video by every expert of a model, in a process of its own."""

from wansync.wan.smoke.report import SmokeReport
from wansync.wan.smoke.run import SmokeOptions, smoke, smoke_test

__all__ = ["SmokeOptions", "SmokeReport", "smoke", "smoke_test"]
