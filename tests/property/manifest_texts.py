"""Manifests as people write them: the same values spelled with headers, inline or dotted, and comments in between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from tests.property.test_manifest_laws import manifests
from wansync.documents import format_toml_key, format_toml_value
from wansync.manifest import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hypothesis.strategies import DrawFn

HEADERS = "[components.a]"
LINES = "[components] and a = {} below it"
DOTTED = "components.a = {} at the root"
KEYS = "components.a.kind = '' at the root"
WHOLE = "components = {} at the root"
AT_ROOT = (DOTTED, KEYS, WHOLE)


@dataclass(frozen=True, kw_only=True)
class Written:
    """A manifest as text.

    `headings` are comments that stand alone between blank lines; `owned` are comments directly above an entry.
    """

    text: str
    headings: tuple[str, ...]
    owned: dict[tuple[str, str], str]


@st.composite
def manifest_texts(draw: DrawFn) -> Written:
    """Return a manifest in any mixture of spellings; an entry of the name `new` is not among its own."""
    values = draw(manifests().filter(lambda values: not _names(values) & {"new", "new-part"}))
    if values["profiles"] and draw(st.booleans()):
        values["project"]["default_profile"] = "all"
    return _Writer(draw, values).written()


def _names(values: dict[str, Any]) -> set[str]:
    return {fold(name) for section in ("components", "models") for name in values[section]}


class _Writer:
    def __init__(self, draw: DrawFn, values: dict[str, Any]) -> None:
        self._draw = draw
        self._values = values
        self._gap = draw(st.sampled_from(["\n", ""]))
        self._headings: list[str] = []
        self._owned: dict[tuple[str, str], str] = {}

    def written(self) -> Written:
        sections = [name for name in ("profiles", "components", "models") if self._values[name]]
        spelled = {name: self._draw(st.sampled_from(_spellings(name))) for name in sections}
        ordered = self._draw(st.permutations(sections))
        blocks = ["#:schema ./models.schema.json\n# What this is\nschema_version = 1\n"]
        blocks += ["".join(self._at_root(name, spelled[name])) for name in ordered if spelled[name] in AT_ROOT]
        tables = [self._table(("project",), self._values["project"])]
        if self._draw(st.booleans()):
            tables.append(self._table(("settings",), {"link_mode": "copy", "deny_license": ["other"]}))
        for name in ordered:
            if spelled[name] not in AT_ROOT:
                tables += [*self._heading(), *self._below_headers(name, spelled[name])]
        if self._draw(st.booleans()):
            tables = [table for _, table in sorted(enumerate(tables), key=lambda item: self._draw(st.integers(0, 3)))]
        text = self._gap.join(["".join(blocks), *tables])
        if self._draw(st.booleans()):
            text = text.replace("\n", "\r\n")
        return Written(text=text, headings=tuple(self._headings), owned=self._owned)

    def _heading(self) -> Iterator[str]:
        if self._gap and self._draw(st.booleans()):
            self._headings.append(f"# --- heading {len(self._headings)}")
            yield f"{self._headings[-1]}\n"

    def _above(self, section: str, name: str) -> str:
        if not self._draw(st.booleans()):
            return ""
        self._owned[section, name] = f"# about {len(self._owned)} of the entries"
        return f"{self._owned[section, name]}\n"

    def _at_root(self, section: str, spelling: str) -> Iterator[str]:
        values = self._values[section]
        if spelling == WHOLE:
            yield f"{section} = {format_toml_value(values)}\n"
            return
        for name, value in values.items():
            key = f"{section}.{format_toml_key(name)}"
            if spelling == DOTTED or not isinstance(value, dict):
                yield f"{self._above(section, name)}{key} = {format_toml_value(value)}\n"
            else:
                yield self._above(section, name)
                yield from (f"{key}.{format_toml_key(k)} = {format_toml_value(v)}\n" for k, v in value.items())

    def _below_headers(self, section: str, spelling: str) -> Iterator[str]:
        values = self._values[section]
        if spelling == LINES or section == "profiles":
            yield f"[{section}]\n" + "".join(self._line(section, name, value) for name, value in values.items())
        else:
            for name, value in values.items():
                yield self._above(section, name) + self._table((section, name), value)

    def _line(self, section: str, name: str, value: Any) -> str:  # noqa: ANN401
        spelled = format_toml_value(value)
        if isinstance(value, list) and self._draw(st.booleans()):
            spelled = "[\n" + "".join(f"    {format_toml_value(item)},  # item\n" for item in value) + "]"
        remark = self._draw(st.sampled_from(["", "  # a remark"]))
        return f"{self._above(section, name)}{format_toml_key(name)} = {spelled}{remark}\n"

    def _table(self, path: tuple[str, ...], values: dict[str, Any]) -> str:
        nested = {key: v for key, v in values.items() if key in {"variants", "defaults"} and self._draw(st.booleans())}
        header = ".".join(format_toml_key(key) for key in path)
        lines = [f"{format_toml_key(k)} = {format_toml_value(v)}\n" for k, v in values.items() if k not in nested]
        tables = [self._table((*path, key), value) for key, value in nested.items()]
        return self._gap.join([f"[{header}]\n" + "".join(lines), *tables])


def _spellings(section: str) -> list[str]:
    return [LINES, DOTTED, WHOLE] if section == "profiles" else [HEADERS, LINES, DOTTED, KEYS, WHOLE]
