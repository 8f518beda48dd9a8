"""Text of the difference between two locks: lines for a terminal, and the body of a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wansync.cli.console import note, result
from wansync.cli.render.changes import SYMBOLS, arrow, counts, entry_lines, few, file_sizes, summary, value_line
from wansync.cli.render.markdown import code, details, table
from wansync.lockfile import Change, ComponentChange, EntryChange, FileChange, LockDiff
from wansync.text import count_noun, format_bytes

MAX_BODY = 60_000
"""Characters; GitHub refuses the body of a pull request beyond 65,536."""


def render_diff_as(diff: LockDiff, *, markdown: bool) -> None:
    """Print what changes, for a terminal or as markdown."""
    if markdown:
        for line in diff_markdown(diff).splitlines():
            # Never cut: half of a code span would bring what it quotes to life.
            result(line, limit=MAX_BODY)
    else:
        render_diff(diff)


def render_diff(diff: LockDiff) -> None:
    """Print what changes; what does not is only counted."""
    if diff.empty:
        note("The lock does not change")
        return
    for value in diff.project:
        result(f"  {value_line(value, str)}  (project)")
    for component in diff.components:
        files = [_file_line(file) for file in component.files] if component.change is Change.CHANGED else []
        _render(component, f"{component.id}  {_size(component)}", files)
    for model in diff.models:
        _render(model, f"{model.id}  (model)", [])
    result("")
    result(f"{summary(diff)}.")


def _render(entry: EntryChange, title: str, files: list[str]) -> None:
    result(f"  {SYMBOLS[entry.change]} {title}")
    for line in (*entry_lines(entry, str), *few(files)):
        result(f"      {line}")


def _size(component: ComponentChange) -> str:
    if component.change is Change.REMOVED:
        return format_bytes(component.size_before)
    return f"{format_bytes(component.new)} new of {format_bytes(component.size_after)}"


def _file_line(file: FileChange) -> str:
    return f"{SYMBOLS[file.change]} {file.path}  {file_sizes(file)}"


def diff_markdown(diff: LockDiff) -> str:
    """Return what changes as the body of a pull request: tables, files folded away, at most 60,000 characters."""
    if diff.empty:
        return "`models.lock` does not change.\n"
    blocks = ["**Changes of models.lock**", f"{summary(diff)}.", *_tables(diff)]
    blocks += [
        details(f"{component.id}: files {counts(component.files)}", _file_table(component.files))
        for component in diff.components
        if component.files
    ]
    kept: list[str] = []
    for block in blocks:
        if sum(len(text) + 2 for text in (*kept, block)) > MAX_BODY:
            kept.append(f"{count_noun(len(blocks) - len(kept), 'section')} left out: the text would be too long.")
            break
        kept.append(block)
    return "\n\n".join(kept) + "\n"


def _tables(diff: LockDiff) -> Iterator[str]:
    if diff.components:
        rows = [_component_row(component) for component in diff.components]
        yield table(["", "Component", "Change", "Size:", "New:"], rows)
    if diff.models or diff.project:
        rows = [["~", "project", "<br>".join(few([value_line(v, code) for v in diff.project]))]] if diff.project else []
        rows += [[SYMBOLS[m.change], f"model {code(m.id)}", "<br>".join(entry_lines(m, code))] for m in diff.models]
        yield table(["", "Entry", "Change"], rows)


def _component_row(component: ComponentChange) -> list[str]:
    lines = entry_lines(component, code)
    if component.files and component.change is Change.CHANGED:
        lines.append(f"files: {counts(component.files)}")
    size = arrow(*(format_bytes(size) if size else None for size in (component.size_before, component.size_after)))
    cells = [code(component.id), "<br>".join(lines), size, format_bytes(component.new)]
    return [SYMBOLS[component.change], *cells]


def _file_table(files: Iterable[FileChange]) -> str:
    rows = [[SYMBOLS[f.change], code(str(f.path)), file_sizes(f), _file_digests(f)] for f in files]
    return table(["", "File", "Size:", "SHA-256"], rows)


def _file_digests(file: FileChange) -> str:
    return arrow(*(code(side.digest.short) if side else None for side in (file.before, file.after)))
