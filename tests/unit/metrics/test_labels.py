"""Labels: few, short and harmless, whatever anybody writes into a manifest."""

from __future__ import annotations

import pytest

pytest.importorskip("prometheus_client", reason="needs the extra `server`")

from wansync.metrics import Bounded, source_label


@pytest.mark.parametrize(
    ("source", "label"),
    [
        ("hf:Wan-AI/Wan2.2-T2V-A14B", "hf:Wan-AI/Wan2.2-T2V-A14B"),
        ("hf:a/b/c?token=hf_0123456789abcdef", "hf:a/b"),
        ("s3:bucket/some/prefix", "s3:bucket"),
        ("https://user:pass@example.org:8443/weights/x?sig=1", "https:example.org:8443"),
        ("https://example.org", "https:example.org"),
        ("file:/home/someone/models", "file"),
        ("mirror:office", "mirror:office"),
        ("nonsense", "other"),
        ("ftp:host/x", "other"),
    ],
)
def test_label_of_a_source_holds_no_path_and_no_secret(source: str, label: str) -> None:
    assert source_label(source) == label


def test_values_beyond_the_bound_are_other_and_known_ones_stay() -> None:
    label = Bounded(most=2)

    assert [label(text) for text in ("a", "b", "c", "a", "d")] == ["a", "b", "other", "a", "other"]


def test_value_is_clean_short_and_without_secrets() -> None:
    label = Bounded()

    assert label("a\x1b[31m\nb\u202e") == "a\\x1b[31m\\nb\\u202e"
    assert len(label("x" * 10_000)) <= 120
    assert "hf_" not in label("hf_abcdefghijklmnopqrst")


def test_closed_set_knows_nothing_else() -> None:
    label = Bounded(known={"sync"})

    assert [label(text) for text in ("sync", "rm -rf", "other")] == ["sync", "other", "other"]
