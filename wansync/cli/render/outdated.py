"""Text of `wansync outdated`."""

from __future__ import annotations

from wansync.cli.console import hint_line, note, result, show_error
from wansync.manifest import Scheme
from wansync.ops.outdated import OutdatedReport
from wansync.outdated import Finding, FindingKind, Standing
from wansync.text import count_noun, format_bytes


def render_outdated(report: OutdatedReport) -> None:
    """Print a line for each component that something has become of, and below it what."""
    found = report.outdated
    width = max((len(standing.question.component.id) for standing in found), default=0)
    revisions = max((len(_revisions(standing)) for standing in found), default=0)
    for standing in found:
        result(f"{standing.question.component.id:<{width}}  {_revisions(standing):<{revisions}}  {_detail(standing)}")
        for finding in standing.findings:
            if finding.kind is not FindingKind.NEW_COMMIT:  # its two revisions say it
                result(f"    {_sentence(finding)}")
    for error in report.failures:
        show_error(error)
    _render_hints(report)
    if report.not_asked:
        ids = ", ".join(f"`{id_}`" for id_ in report.not_asked)
        note(f"Not asked about, since `models.toml` does not name the directory: {ids}")
    note(_summary(report))


def _revisions(standing: Standing) -> str:
    locked, latest = standing.question.component.revision, standing.latest
    return locked.short if latest in {None, locked} else f"{locked.short} -> {latest.short}"


def _detail(standing: Standing) -> str:
    parts = [", ".join(str(finding.kind).replace("_", " ") for finding in standing.findings)]
    if standing.changes:
        parts.append(f"{format_bytes(standing.changes.size)} to fetch")
    return "  ".join(parts)


def _sentence(finding: Finding) -> str:
    return f"{finding.message}: {finding.page}" if finding.page else finding.message


def _render_hints(report: OutdatedReport) -> None:
    kinds = {standing.question.component.id: {f.kind for f in standing.findings} for standing in report.outdated}
    moved = [id_ for id_, found in kinds.items() if FindingKind.NEW_COMMIT in found]
    if moved:
        hint_line(f"`wansync lock --upgrade-component {moved[0]}` moves one pin, `wansync lock --upgrade` all")
    elif changed := {s.question.component.source.scheme for s in report.outdated if s.changes}:
        if changed == {Scheme.FILE}:
            hint_line("`wansync lock` takes the files of `file:` sources as they are now")
        else:
            hint_line("`wansync lock --upgrade` takes the files as their sources have them now")


def _summary(report: OutdatedReport) -> str:
    if report.outdated:
        count = count_noun(len(report.components), "component")
        return f"{len(report.outdated)} of {count} outdated"
    partly = report.failures or report.not_asked
    return "Everything that could be asked about is up to date" if partly else "Everything is up to date"
