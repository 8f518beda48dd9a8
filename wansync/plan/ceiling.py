"""What stands against a plan by `--max-download`, in words: for who is refused, and for who only looks. No IO."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wansync.errors import PolicyDeniedError
from wansync.text import format_bytes

if TYPE_CHECKING:
    from wansync.plan.model import Plan


def download_refusal(plan: Plan) -> PolicyDeniedError | None:
    """Return what is said where a plan would fetch more than the user lets it; `None` where it keeps to that."""
    if plan.max_download is None or not plan.over_download:
        return None
    limit = f"the limit of {format_bytes(plan.max_download)}"
    return PolicyDeniedError(
        f"It would fetch {format_bytes(plan.to_fetch)}, which is {format_bytes(plan.over_download)} more than {limit}",
        hint=f"Allow it with `--max-download {plan.to_fetch}` or WANSYNC_MAX_DOWNLOAD, or name fewer models",
        to_fetch=plan.to_fetch,
        max_download=plan.max_download,
    )
