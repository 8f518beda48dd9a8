"""The difference between two locks as text."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from inline_snapshot import snapshot

from tests.unit.samples import OTHER_COMMIT, component, lock_of, locked, model, shared_lock, variant
from wansync.cli.render.diff import MAX_BODY, diff_markdown, render_diff
from wansync.lockfile import Lockfile, diff_locks
from wansync.paths import RelativePath

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeAlias

    Printed: TypeAlias = Callable[[Lockfile | None, Lockfile], tuple[str, str]]

LOCK = shared_lock()
UPGRADED = replace(
    LOCK,
    default_profile=None,
    components=(
        replace(LOCK.components[0], revision=OTHER_COMMIT, files=(locked("a1", 130, content="new"), locked("a2", 200))),
        LOCK.components[1],
        replace(LOCK.components[3], license="mit", requires=()),
        component("vae", locked("vae.safetensors", 2048)),
    ),
    models=(
        replace(LOCK.models[0], version="2.0", defaults={"steps": 4}),
        model("gamma", variant("small", {".": ("vae",)})),
    ),
)


@pytest.fixture
def printed(capsys: pytest.CaptureFixture[str]) -> Printed:
    """Return what the renderer prints for two locks: stdout and stderr."""

    def render(before: Lockfile | None, after: Lockfile) -> tuple[str, str]:
        render_diff(diff_locks(before, after))
        said = capsys.readouterr()
        return said.out, said.err

    return render


def test_diff_of_equal_locks_is_no_result(printed: Printed) -> None:
    assert printed(LOCK, LOCK) == ("", "The lock does not change\n")


def test_diff_prints_what_changes_and_counts_the_rest(printed: Printed) -> None:
    assert (
        snapshot("""\
  - default_profile both  (project)
  ~ alpha-transformer  130 B new of 330 B
      ~ revision c8c270b -> 206a9ee
      ~ a1  100 B -> 130 B
  - tokenizer  7 B
  ~ umt5  0 B new of 50 B
      + license mit
      - requires ["tokenizer"]
  + vae  2.0 KiB new of 2.0 KiB
      + source hf:test/vae
      + revision c8c270b
  ~ alpha  (model)
      ~ version 1.0 -> 2.0
      + defaults.steps 4
  - beta  (model)
  + gamma  (model)
      + version 1.0

Components: 1 added, 1 removed, 2 changed, 1 unchanged; 2.1 KiB new of 2.8 KiB (was 757 B).
""")
        == printed(LOCK, UPGRADED)[0]
    )


def test_diff_of_a_first_lock_prints_where_everything_is_from(printed: Printed) -> None:
    assert (
        snapshot("""\
  + name app  (project)
  + a  10 B new of 10 B
      + source hf:test/a
      + revision c8c270b
      + license mit

Components: 1 added; 10 B new of 10 B.
""")
        == printed(None, lock_of(component("a", license="mit")))[0]
    )


def test_diff_of_very_many_files_is_cut(printed: Printed) -> None:
    locks = [
        lock_of(component("a", *(locked(f"f{n:03}", content=f"{n} of {which}") for n in range(99))))
        for which in ("before", "after")
    ]

    lines = printed(*locks)[0].splitlines()

    assert (len(lines), lines[-3]) == (44, "      and 59 more")


def test_diff_of_a_name_at_the_source_says_that_the_content_is_the_same(
    printed: Printed,
) -> None:
    file = locked("x", 5)
    after = lock_of(component("a", replace(file, origin=RelativePath("y"))))

    assert (
        "      ~ x  5 B, the same content by another name at the source\n"
        in printed(lock_of(component("a", file)), after)[0]
    )


def test_diff_cannot_draw_on_the_terminal(printed: Printed) -> None:
    out = printed(None, lock_of(component("a", license="\x1b[2Jmit\n  + fake")))[0]

    assert "      + license \\x1b[2Jmit\\n  + fake\n" in out


def test_markdown_of_equal_locks_is_a_sentence() -> None:
    assert diff_markdown(diff_locks(LOCK, LOCK)) == "`models.lock` does not change.\n"


def test_markdown_has_tables_and_folds_the_files_away() -> None:
    assert snapshot("""\
**Changes of models.lock**

Components: 1 added, 1 removed, 2 changed, 1 unchanged; 2.1 KiB new of 2.8 KiB (was 757 B).

|  | Component | Change | Size | New |
| --- | --- | --- | --: | --: |
| ~ | `alpha-transformer` | ~ revision `c8c270b` -> `206a9ee`<br>files: 1 changed | 300 B -> 330 B | 130 B |
| - | `tokenizer` |  | 7 B | 0 B |
| ~ | `umt5` | + license `mit`<br>- requires `["tokenizer"]` | 50 B | 0 B |
| + | `vae` | + source `hf:test/vae`<br>+ revision `c8c270b` | 2.0 KiB | 2.0 KiB |

|  | Entry | Change |
| --- | --- | --- |
| ~ | project | - default_profile `both` |
| ~ | model `alpha` | ~ version `1.0` -> `2.0`<br>+ `defaults.steps` `4` |
| - | model `beta` |  |
| + | model `gamma` | + version `1.0` |

<details><summary>alpha-transformer: files 1 changed</summary>

|  | File | Size | SHA-256 |
| --- | --- | --: | --- |
| ~ | `a1` | 100 B -> 130 B | `[DIGEST]` -> `[DIGEST]` |

</details>

<details><summary>tokenizer: files 1 removed</summary>

|  | File | Size | SHA-256 |
| --- | --- | --: | --- |
| - | `vocab.json` | 7 B | `[DIGEST]` |

</details>

<details><summary>vae: files 1 added</summary>

|  | File | Size | SHA-256 |
| --- | --- | --: | --- |
| + | `vae.safetensors` | 2.0 KiB | `[DIGEST]` |

</details>
""") == re.sub("`[0-9a-f]{16}`", "`[DIGEST]`", diff_markdown(diff_locks(LOCK, UPGRADED)))


HOSTILE = [
    "a|b",
    "`a`",
    "``",
    "<script>alert(1)</script>",
    "</code></details>",
    "[x](https://evil.example)",
    "![x](https://evil.example)",
    "https://evil.example",
    "@everyone #1",
    "a\n\n# b\n| c |",
    "a\r\nb",
    "*a* _b_ ~~c~~ **d**",
    "\\|",
    "&#96;",
    "$x^2$",
    "\u202egpj",
    " ",
    "",
    "x" * 5000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_markdown_of_hostile_text_has_the_shape_of_harmless_text(text: str) -> None:
    def body(text: str) -> list[str]:
        changed = component("a", license=text, request={text: text})
        base = component("a", license="y", request={"x": 1})
        parts = component("b", locked("other")), model("m", variant("v", {".": ("b",)}), defaults={text: text})
        before = lock_of(base, parts[0], profiles={text: ("m",)})
        return diff_markdown(diff_locks(before, replace(lock_of(changed, *parts), project=text))).split("\n")

    shape = [re.sub(r"`[^`|\\\n]*`|<code>(?:[A-Za-z0-9 ]|&#\d+;)*</code>", "CODE", line) for line in body(text)]

    assert [re.sub(r"`[^`|\\\n]*`", "CODE", line) for line in body("harmless")] == shape


def test_markdown_that_would_be_too_long_says_what_is_left_out() -> None:
    many = [component(f"c{n:03}", *(locked(f"{n}/{i}/{'x' * 60}") for i in range(30))) for n in range(60)]

    body = diff_markdown(diff_locks(None, lock_of(*many)))

    assert len(body) <= MAX_BODY + 100
    assert body.count("<details>") == body.count("</details>") > 10
    assert re.search(r"\n\n\d+ sections left out: the text would be too long\.\n$", body)


def test_markdown_of_very_many_components_is_cut() -> None:
    body = diff_markdown(diff_locks(None, lock_of(*(component(f"c{n:03}") for n in range(120)))))

    assert "\n|  | and 20 more |  |  |  |\n" in body
