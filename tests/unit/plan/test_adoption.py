"""Which files are hashed, in which order, and how each will be taken in: decided from sizes, names and places alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from wansync.digest import Digest
from wansync.inventory import FoundFile, Owner
from wansync.paths import RelativePath
from wansync.plan import AdoptionPlan, AdoptionPolicy, Disk, Lack, Means, plan_adoption
from wansync.plan.adoption import SMALL
from wansync.settings import LinkMode

BIG = 2 * SMALL
STORE_DISK, OTHER_DISK = 1, 2
HIGH, LOW, VAE = (Digest.of(name) for name in (b"high", b"low", b"vae"))
LACKS = (
    Lack(digest=HIGH, size=BIG, paths=(RelativePath("high/model.safetensors"),)),
    Lack(digest=LOW, size=BIG, paths=(RelativePath("low/model.safetensors"),)),
    Lack(digest=VAE, size=BIG + 1, paths=(RelativePath("vae.safetensors"),)),
)
FULL = Disk(free=0, capacity=100, reserve=0, peak=0)


def found(path: str, size: int = BIG, **more: Any) -> FoundFile:  # noqa: ANN401
    return FoundFile(path=Path(path), size=size, device=more.pop("device", STORE_DISK), **more)


def planned(*files: FoundFile, **policy: Any) -> AdoptionPlan:  # noqa: ANN401
    return plan_adoption(LACKS, files, AdoptionPolicy(device=STORE_DISK, **policy), FULL)


def paths(plan: AdoptionPlan) -> list[str]:
    return [candidate.file.path.as_posix() for candidate in plan.candidates]


def test_file_of_a_size_that_nothing_has_is_no_candidate() -> None:
    assert paths(planned(found("/a", 5), found("/b", BIG))) == ["/b"]


def test_first_guess_for_each_digest_comes_before_the_second_for_any() -> None:
    """Of three copies of one file, two are hashed only where the first was wrong."""
    copies = [found(f"/{folder}/high/model.safetensors") for folder in "abc"]

    plan = planned(*copies, found("/z/low/model.safetensors"))

    assert paths(plan) == [
        "/a/high/model.safetensors",
        "/z/low/model.safetensors",
        "/b/high/model.safetensors",
        "/c/high/model.safetensors",
    ]
    assert [candidate.guess for candidate in plan.expected] == [HIGH, LOW]
    assert plan.bytes_by_means()[Means.HARDLINK] == 2 * BIG


def test_claim_counts_more_than_a_path() -> None:
    claimed = found("/x", claims=frozenset({LOW}))

    plan = planned(found("/low/model.safetensors"), claimed)

    assert paths(plan)[0] == "/x"
    assert [(candidate.guess, candidate.is_claimed) for candidate in plan.candidates] == [(LOW, True), (LOW, False)]


@pytest.mark.parametrize(("owner", "is_candidate"), [(Owner.HUB_CACHE, False), (Owner.STORE, False), ("", True)])
def test_file_that_a_cache_names_by_another_digest_is_none(owner: str, *, is_candidate: bool) -> None:
    """The record beside a plain file may be of what it was before somebody trained on."""
    plan = planned(found("/x", claims=frozenset({VAE}), owner=Owner(owner)))

    assert bool(plan.candidates) == is_candidate


def test_only_file_of_its_size_with_the_right_name_is_claimed() -> None:
    plan = planned(found("/vae.safetensors", BIG + 1), found("/other", BIG + 1))

    assert [candidate.is_claimed for candidate in plan.candidates] == [True, False]


@pytest.mark.parametrize(
    ("file", "policy", "means", "copied"),
    [
        ({}, {}, Means.HARDLINK, False),
        ({}, {"known": LinkMode.REFLINK}, Means.REFLINK, False),
        ({}, {"known": LinkMode.HARDLINK}, Means.HARDLINK, False),
        ({}, {"asked": LinkMode.SYMLINK}, Means.HARDLINK, False),
        ({}, {"asked": LinkMode.COPY}, Means.COPY, True),
        ({}, {"asked": LinkMode.REFLINK}, Means.REFLINK, False),
        ({}, {"shares_inodes": False}, Means.REFLINK, False),
        ({"device": OTHER_DISK}, {}, Means.COPY, True),
        ({"device": OTHER_DISK}, {"known": LinkMode.REFLINK}, Means.COPY, True),
        ({}, {"move": True}, Means.MOVE, False),
        ({"device": OTHER_DISK}, {"move": True}, Means.MOVE, True),
        ({"linked": True}, {"move": True}, Means.HARDLINK, False),
        ({"owner": Owner.STORE}, {"move": True}, Means.HARDLINK, False),
    ],
)
def test_how_a_file_will_be_taken_in(
    file: dict[str, Any], policy: dict[str, Any], means: Means, *, copied: bool
) -> None:
    plan = planned(found("/x", **file), **policy)

    (candidate,) = plan.candidates
    assert (candidate.means, candidate.copied) == (means, copied)
    assert plan.disk.peak == (BIG if copied else 0)
    assert plan.disk.fits != copied


def test_small_file_is_copied_unless_it_goes() -> None:
    lacks = (Lack(digest=HIGH, size=10, paths=(RelativePath("config.json"),)),)
    files = [found("/config.json", 10)]

    copied, moved = (
        plan_adoption(lacks, files, AdoptionPolicy(device=STORE_DISK, move=move), FULL) for move in (False, True)
    )

    assert [candidate.ways for candidate in copied.candidates] == [(LinkMode.COPY,)]
    assert [candidate.ways[0] for candidate in moved.candidates] == [LinkMode.HARDLINK]


def test_hard_links_that_were_asked_for_do_not_reach_another_disk() -> None:
    far = found("/far", device=OTHER_DISK)

    plan = planned(found("/near"), far, asked=LinkMode.HARDLINK)

    assert (paths(plan), plan.out_of_reach) == (["/near"], (far,))


def test_originals_that_become_read_only_are_those_that_will_be_hard_linked() -> None:
    plan = planned(found("/a"), found("/b"), found("/c"), found("/v", BIG + 1, device=OTHER_DISK))

    assert [candidate.file.path.name for candidate in plan.read_only] == ["a", "b"]
    assert plan.to_hash == 4 * BIG + 1


def test_order_of_what_was_found_does_not_matter() -> None:
    files = [found(f"/{name}/model.safetensors") for name in ("high", "low", "x", "y")]

    assert planned(*files) == planned(*reversed(files))
