"""Laws of proposals: whatever a source has, what is proposed for it can be written and locked."""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.samples import listing
from wansync.errors import PolicyDeniedError, UsageError
from wansync.formats.names import is_pickle
from wansync.graph import build_graph
from wansync.manifest import parse_manifest
from wansync.manifest.addition import addition_to
from wansync.manifest.edit import new_manifest, with_addition
from wansync.propose import Proposal, make_wish, propose
from wansync.resolve import resolve

FOLDERS = st.sampled_from(["", "vae/", "transformer/", "transformer_2/", "text_encoder/sub/", "assets/", "odd [1]/"])
STEMS = st.sampled_from(["model", "pytorch_model", "diffusion_pytorch_model", "model_index", "umt5-bf16", "a[b]"])
PRECISIONS = st.sampled_from(["", "", ".fp16", "-bf16"])
SUFFIXES = st.sampled_from([".json", ".safetensors", ".bin", ".pth", ".safetensors.index.json", ".bin.index.json"])
NAMES = st.sets(st.tuples(FOLDERS, STEMS, PRECISIONS, SUFFIXES).map("".join), min_size=1, max_size=12)
SOURCE = "hf:test/t2v"


def proposed(names: set[str], *, pickle: bool, diffusers: bool) -> Proposal | None:
    """Return the proposal, `None` where somebody has to decide."""
    wish = make_wish(SOURCE, {"allow_pickle": pickle, "precision": "fp16", "include": [] if diffusers else ["*"]})
    try:
        return propose(listing(SOURCE, dict.fromkeys(sorted(names), 1)), wish)
    except (PolicyDeniedError, UsageError):
        return None


@given(NAMES, st.booleans(), st.booleans())
@example({"model_index.json", "vae/model.fp16-00001-of-00001.safetensors", "vae/model.safetensors"}, True, True)
@settings(max_examples=150, deadline=None)
def test_what_is_proposed_can_be_written_and_locked(names: set[str], pickle: bool, diffusers: bool) -> None:  # noqa: FBT001
    proposal = proposed(names, pickle=pickle, diffusers=diffusers)
    if proposal is None:
        return

    base = new_manifest("app")
    data = with_addition(base, addition_to(parse_manifest(base), proposal.components, proposal.model, "all"))

    manifest = parse_manifest(data)
    found = listing(SOURCE, dict.fromkeys(sorted(names), 1))
    lock = resolve(build_graph(manifest), dict.fromkeys(manifest.components, found))
    assert [one.id for one in lock.components] == sorted(one.id for one in proposal.components)
    assert manifest.models == {"t2v": proposal.model}


@given(NAMES, st.booleans())
@settings(max_examples=150, deadline=None)
def test_pickles_are_taken_only_where_they_are_allowed_and_marked(names: set[str], pickle: bool) -> None:  # noqa: FBT001
    proposal = proposed(names, pickle=pickle, diffusers=True)

    for component in proposal.components if proposal else ():
        taken = [name for name in names if component.filter.takes(name)]
        assert any(is_pickle(name) for name in taken) <= component.pickle <= pickle


@given(NAMES)
@settings(max_examples=150, deadline=None)
def test_every_file_is_in_one_component_or_left_out_for_a_reason(names: set[str]) -> None:
    proposal = proposed(names, pickle=True, diffusers=True)
    if proposal is None:
        return

    for name in names:
        takers = [one.id for one in proposal.components if one.filter.takes(name)]
        top, slash, _ = name.partition("/")
        assert len(takers) <= 1
        assert not (takers and top + slash in proposal.left_out)
