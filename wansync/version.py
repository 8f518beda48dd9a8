"""The version of this program. No IO."""

from __future__ import annotations

__version__ = "0.1.0"
