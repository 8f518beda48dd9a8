"""Text of `wansync doctor`."""

from __future__ import annotations

from collections import Counter

import typer

from wansync.cli.console import note, result, styled_result
from wansync.doctor import Finding, Level
from wansync.ops.doctor import DoctorReport
from wansync.text import count_noun

_COLOURS = {Level.PROBLEM: typer.colors.RED, Level.WARNING: typer.colors.YELLOW, Level.NOTE: None}
_SHOWN = 10
"""So many findings of one check and level are shown; `--json` has all."""


def render_doctor(report: DoctorReport) -> None:
    """Print what is wrong, the worst first, and beside it how much was looked at."""
    said: Counter[tuple[str, Level]] = Counter()
    for finding in report.findings:
        said[finding.check, finding.level] += 1
        if finding.level is not Level.OK and said[finding.check, finding.level] <= _SHOWN:
            _show(finding)
    for (check, level), count in said.items():
        if level is not Level.OK and count > _SHOWN:
            result(f"and {count - _SHOWN} more of {check}; `wansync doctor --json` has all")
    note(_summary(report))


def _show(finding: Finding) -> None:
    styled_result(f"{finding.level}:", _COLOURS[finding.level], f" {finding.text}")
    if finding.hint:
        result(f"  hint: {finding.hint}")


def _summary(report: DoctorReport) -> str:
    counts = ((level, len(report.of(level))) for level in (Level.PROBLEM, Level.WARNING, Level.NOTE))
    found = ", ".join(count_noun(count, str(level)) for level, count in counts if count)
    checks = count_noun(len({finding.check for finding in report.findings}), "check")
    return f"{checks} of {report.root}: {found or 'nothing wrong'}"
