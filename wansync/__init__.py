"""wansync: lock, plan and sync model weights.

The names here are loaded when they are first used, so that `import wansync` costs nothing.
"""

from __future__ import annotations

from wansync.version import __version__

TYPE_CHECKING = False  # as type checkers know it; `typing` is slow to import
if TYPE_CHECKING:
    from wansync.api import Project, ensure, status, verify_integrity
    from wansync.errors import WansyncError

__all__ = ["Project", "WansyncError", "__version__", "ensure", "status", "verify_integrity"]


def __getattr__(name: str) -> object:
    if name == "WansyncError":
        from wansync.errors import WansyncError  # noqa: PLC0415

        return WansyncError
    if name in __all__:
        from wansync import api  # noqa: PLC0415

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
