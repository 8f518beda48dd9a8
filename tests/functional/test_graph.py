"""`wansync graph`: a lock as a picture, or as text that others draw."""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.functional.output import document, shown
from tests.support.project import wansync

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.project import ProjectBuilder

EVIL = 'file:weights/"];<b>&lt;`x`\\N|end'


@pytest.fixture
def evil(locked: ProjectBuilder) -> ProjectBuilder:
    """The project with a lock whose text would end a label, open a tag and break a line."""
    text = locked.lock_path.read_text()
    locked.lock_path.write_text(text.replace('"file:weights/shared"', f"'{EVIL}'"))
    return locked


def test_graph_is_mermaid_that_hosts_of_code_draw(locked: ProjectBuilder) -> None:
    assert snapshot("""\
flowchart LR
    n0["alpha<br/>t2v, 1.0, 11.7 KiB"]:::model
    n1["alpha@small<br/>diffusers, bf16, 11.7 KiB"]:::variant
    n2["alpha-transformer<br/>transformer, 7.8 KiB<br/>file:weights/alpha"]:::component
    n3["umt5<br/>text_encoder, 3.9 KiB<br/>file:weights/shared<br/>shared by 2 variants"]:::shared
    n0 --> n1
    n1 -->|"text_encoder"| n3
    n1 -->|"transformer"| n2
    classDef model fill:#d7e8ff,stroke:#345,stroke-width:2px
    classDef variant fill:#eef5ff,stroke:#345
    classDef component fill:#fff,stroke:#345
    classDef shared fill:#fff2cc,stroke:#b80,stroke-width:3px
--- stderr
--- status 0
""") == shown(wansync("graph", "alpha"), locked)


def test_graph_as_dot_draws_what_is_shared_once(locked: ProjectBuilder) -> None:
    assert snapshot("""\
digraph wansync {
  rankdir=LR;
  node [fontname="sans-serif", fontsize=11, shape=box, style=filled, fillcolor="#ffffff"];
  edge [fontname="sans-serif", fontsize=9];
  n0 [label="alpha\\nt2v, 1.0, 11.7 KiB", style="filled,bold", fillcolor="#d7e8ff"];
  n1 [label="alpha@small\\ndiffusers, bf16, 11.7 KiB", style="filled,rounded", fillcolor="#eef5ff"];
  n2 [label="beta\\ni2v, 1.0, 10.8 KiB", style="filled,bold", fillcolor="#d7e8ff"];
  n3 [label="beta@small\\ndiffusers, bf16, 10.8 KiB", style="filled,rounded", fillcolor="#eef5ff"];
  n4 [label="alpha-transformer\\ntransformer, 7.8 KiB\\nfile:weights/alpha"];
  n5 [label="beta-transformer\\ntransformer, 6.9 KiB\\nfile:weights/beta"];
  n6 [label="umt5\\ntext_encoder, 3.9 KiB\\nfile:weights/shared\\nshared by 2 variants", fillcolor="#fff2cc", peripheries=2];
  n0 -> n1 [label=""];
  n1 -> n6 [label="text_encoder"];
  n1 -> n4 [label="transformer"];
  n2 -> n3 [label=""];
  n3 -> n6 [label="text_encoder"];
  n3 -> n5 [label="transformer"];
}
--- stderr
--- status 0
""") == shown(wansync("graph", "--format", "dot"), locked)  # noqa: E501 (as it is printed)


def test_graph_labels_from_a_foreign_lock_take_no_effect(evil: ProjectBuilder) -> None:
    dot = wansync("graph", "umt5", "--format", "dot").stdout
    mermaid = wansync("graph", "umt5").stdout

    assert r"\nfile:weights/\"];&lt;b>&amp;lt;`x`\\N|end\nshared by" in dot
    assert "<br/>file:weights/#34;#93;#59;#60;b#62;#38;lt#59;#96;x#96;#92;N#124;end<br/>" in mermaid


def test_graph_as_svg_is_a_document_with_every_name(evil: ProjectBuilder, tmp_path: Path) -> None:
    pytest.importorskip("pygraphviz", reason="the extra `graph` is not installed")
    file = tmp_path / "graph.svg"

    ran = wansync("graph", "--format", "svg", "--output", str(file))

    assert (ran.status, ran.stdout, ran.stderr) == (0, "", f"Written: {file}\n")
    texts = [element.text for element in ET.parse(file).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314
    assert {"alpha@small", "umt5", EVIL, "shared by 2 variants"} <= set(texts)
    assert wansync("graph", "--format", "svg").stdout == file.read_text()


def test_graph_as_svg_without_its_library_says_what_to_do(
    locked: ProjectBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pygraphviz", None)

    assert snapshot("""\
--- stderr
error: Drawing needs pygraphviz, which is not installed
hint: Install `wansync[graph]`, or use `--format mermaid` or `--format dot`, which need nothing
--- status 2
""") == shown(wansync("graph", "--format", "svg"), locked)


@pytest.mark.parametrize("arguments", [["--json"], ["--format", "json"]], ids=str)
def test_graph_as_json_has_edges_between_its_nodes_alone(locked: ProjectBuilder, arguments: list[str]) -> None:
    graph = document("graph", wansync("graph", "--all", *arguments))

    ids = [node["id"] for node in graph["nodes"]]
    assert len(set(ids)) == len(ids) == 7
    assert {edge[end] for edge in graph["edges"] for end in ("from", "to")} <= set(ids)
    assert [node["shared_by"] for node in graph["nodes"] if node["name"] == "umt5"] == [["alpha@small", "beta@small"]]


def test_graph_into_a_file_that_cannot_be_written_says_so(locked: ProjectBuilder) -> None:
    ran = wansync("graph", "--output", "weights")

    assert ran.status == 2
    assert re.match(r"error: `.*weights` cannot be written: ", ran.stderr)


def test_graph_of_unknown_model_suggests_one(locked: ProjectBuilder) -> None:
    assert wansync("graph", "alpah").stderr.endswith("hint: Did you mean `alpha`?\n")
