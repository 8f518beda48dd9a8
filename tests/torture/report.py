"""What a campaign found, for people; and on which machine. Reads the system, changes nothing."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def about_host() -> dict[str, Any]:
    """Return what of this machine a result may depend on; nothing that names it."""
    return {
        "system": f"{platform.system()} {platform.release()}",
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }


def render(report: Mapping[str, Any]) -> str:
    """Return the text of a report."""
    host = report["host"]
    lines = [
        f"seed {report['campaign']['seed']}, {host['system']}, {host['cores']} cores, Python {host['python']}",
        *(line for name, part in report["parts"].items() for line in _part(name, part)),
    ]
    return "\n".join(lines) + "\n"


def _part(name: str, part: Mapping[str, Any]) -> list[str]:
    counts = ", ".join(f"{what}: {count:,}" for what, count in part["counts"].items())
    broken = f"{part['broken']:,} promises broken"
    return [
        f"{name}: {part['faults']:,} faults in {part['next']:,} trials, {part['seconds']:,.0f} s: {broken}",
        *([f"  {counts}"] if counts else []),
        *(f"  trial {violation['trial']}: {violation['broken']}" for violation in part["violations"]),
    ]
