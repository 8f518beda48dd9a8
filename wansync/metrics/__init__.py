"""What monitoring reads: how a run went, and what state a store is in, in the text format of Prometheus.

Needs the extra `server`.
"""

from wansync.metrics.labels import Bounded, source_label
from wansync.metrics.run import RunMetrics
from wansync.metrics.served import CONTENT_TYPE, ServedRequests
from wansync.metrics.state import State, state_text

__all__ = ["CONTENT_TYPE", "Bounded", "RunMetrics", "ServedRequests", "State", "source_label", "state_text"]
