"""Which files on disk may be blobs that the store lacks, in which order they are hashed, and how they are taken in.

Sizes decide first, since they cost nothing; names only say which file is looked at before another. No IO.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from wansync.inventory import Owner
from wansync.settings import LinkMode
from wansync.value_types import value_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from wansync.digest import Digest
    from wansync.inventory import FoundFile
    from wansync.paths import RelativePath
    from wansync.plan.model import Disk

SMALL = 2**20
"""Bytes below which a file is copied: that costs nothing, and a program's own small files stay writable."""

_CLAIM = 1000


class Means(StrEnum):
    """How a file becomes a blob."""

    REFLINK = "reflink"
    HARDLINK = "hardlink"
    COPY = "copy"
    MOVE = "move"
    """It has no other name afterwards, however its bytes came."""


@value_type
class Lack:
    """A blob that a lock names and the store has not.

    Args:
        digest: which.
        size: in bytes.
        paths: what the files that it is are called at their sources.
        components: who needs it.
    """

    digest: Digest
    size: int
    paths: tuple[RelativePath, ...]
    components: tuple[str, ...] = ()


@value_type
class AdoptionPolicy:
    """What the user decided, and what of the store's disk decides how a file is taken in.

    Args:
        device: the store's file system.
        asked: the link mode that the user named; a symbolic link is none that a blob can be.
        known: the link mode that worked in the store before.
        move: whether the files are to be nowhere but in the store.
        shares_inodes: whether a hard link does no harm to the file's owner, as it does on Windows.
    """

    device: int | None = None
    asked: LinkMode | None = None
    known: LinkMode | None = None
    move: bool = False
    shares_inodes: bool = True

    def ways(self, file: FoundFile) -> tuple[LinkMode, ...]:
        """Return how to try to take a file in, the best way first."""
        if self.asked in {LinkMode.REFLINK, LinkMode.HARDLINK, LinkMode.COPY}:
            return (self.asked,)
        moved = self.move and is_movable(file)
        if file.size < SMALL and not moved:
            return (LinkMode.COPY,)
        sharing = (LinkMode.REFLINK, LinkMode.HARDLINK) if self.shares_inodes else (LinkMode.REFLINK,)
        # Of a file that goes, the inode itself is the blob: no file system can share it better.
        return (*(reversed(sharing) if moved else sharing), LinkMode.COPY)


@value_type
class Candidate:
    """A file to hash.

    Args:
        file: which.
        possible: the digests it may have: all that are lacking of its size.
        guess: the likeliest of them.
        is_claimed: whether a name, and not only the size, speaks for the guess.
        ways: how to try to take it in.
        means: how it most likely will be.
        copied: whether its bytes will most likely be written once more.
        kept: why it is not moved although that was asked for; empty where it is.
    """

    file: FoundFile
    possible: tuple[Digest, ...]
    guess: Digest
    is_claimed: bool
    ways: tuple[LinkMode, ...]
    means: Means
    copied: bool
    kept: str = ""


@value_type
class AdoptionPlan:
    """What will be hashed, and what most likely becomes of it.

    Args:
        lacks: what the store has not.
        candidates: in the order in which they are hashed, as long as something of their size is lacking.
        disk: the room for what is copied.
        out_of_reach: files that may be wanted, and that the link mode which was asked for cannot take in.
    """

    lacks: tuple[Lack, ...]
    candidates: tuple[Candidate, ...]
    disk: Disk
    out_of_reach: tuple[FoundFile, ...] = ()

    @property
    def to_hash(self) -> int:
        """The most bytes that will be hashed."""
        return sum(candidate.file.size for candidate in self.candidates)

    @property
    def expected(self) -> tuple[Candidate, ...]:
        """Return the candidates that will be taken in if each is what it most likely is."""
        return tuple(_expected(self.candidates))

    @property
    def read_only(self) -> tuple[Candidate, ...]:
        """Return those of them that will share their inode with a blob, and so cannot be written to any more."""
        return tuple(candidate for candidate in self.expected if candidate.means is Means.HARDLINK)

    def bytes_by_means(self) -> Mapping[Means, int]:
        """Return how many bytes will most likely be taken in by which means."""
        sums = dict.fromkeys(Means, 0)
        for candidate in self.expected:
            sums[candidate.means] += candidate.file.size
        return sums


def is_movable(file: FoundFile) -> bool:
    """Return whether a file may go from where it is: whoever else finds it there would miss it."""
    return file.owner is Owner.NOBODY and not file.linked


def plan_adoption(
    lacks: Sequence[Lack], files: Iterable[FoundFile], policy: AdoptionPolicy, disk: Disk
) -> AdoptionPlan:
    """Return which files to hash, and in which order: the first for each digest before the second for any.

    A file whose name in a cache or store is another digest than those lacking is not hashed.

    Args:
        lacks: what the store has not.
        files: what was found.
        policy: how files are taken in.
        disk: the store's disk as it is; what will be copied is added to it.
    """
    candidates, out_of_reach = _choose(lacks, files, policy)
    copied = sum(candidate.file.size for candidate in _expected(candidates) if candidate.copied)
    return AdoptionPlan(
        lacks=tuple(lacks),
        candidates=tuple(candidates),
        disk=replace(disk, peak=copied),
        out_of_reach=tuple(out_of_reach),
    )


def _choose(
    lacks: Sequence[Lack], files: Iterable[FoundFile], policy: AdoptionPolicy
) -> tuple[list[Candidate], list[FoundFile]]:
    by_size: dict[int, list[Lack]] = defaultdict(list)
    for lack in lacks:
        by_size[lack.size].append(lack)
    chosen: list[tuple[int, Candidate]] = []
    out_of_reach: list[FoundFile] = []
    for file in files:
        possible = by_size.get(file.size, [])
        digests = {lack.digest for lack in possible}
        if not possible or (file.owner is not Owner.NOBODY and file.claims and not file.claims & digests):
            continue
        if policy.asked is LinkMode.HARDLINK and file.device != policy.device:
            out_of_reach.append(file)
            continue
        likeness, guess = max(((_likeness(file, lack), lack) for lack in possible), key=lambda pair: pair[0])
        chosen.append((likeness, _candidate(file, possible, guess, likeness, policy)))
    return _in_order(chosen), out_of_reach


def _candidate(
    file: FoundFile, possible: Sequence[Lack], guess: Lack, likeness: int, policy: AdoptionPolicy
) -> Candidate:
    ways = policy.ways(file)
    kept = _why_kept(file) if policy.move else ""
    copied = ways == (LinkMode.COPY,) or (file.device != policy.device and ways != (LinkMode.REFLINK,))
    if policy.move and not kept:
        means = Means.MOVE
    elif copied:
        means = Means.COPY
    else:
        clones = LinkMode.REFLINK in ways and (policy.known is LinkMode.REFLINK or ways == (LinkMode.REFLINK,))
        means = Means.REFLINK if clones or LinkMode.HARDLINK not in ways else Means.HARDLINK
    return Candidate(
        file=file,
        possible=tuple(lack.digest for lack in possible),
        guess=guess.digest,
        is_claimed=guess.digest in file.claims or (len(possible) == 1 and likeness > 0),
        ways=ways,
        means=means,
        copied=copied,
        kept=kept,
    )


def _why_kept(file: FoundFile) -> str:
    if file.owner is not Owner.NOBODY:
        return f"it belongs to a {file.owner}"
    return "a symbolic link leads to it" if file.linked else ""


def _likeness(file: FoundFile, lack: Lack) -> int:
    """Return how much speaks for a file being a blob: a claim outweighs every path, of which equal ends count."""
    if lack.digest in file.claims:
        return _CLAIM
    return max((_common_end(file.path.parts, path.parts) for path in lack.paths), default=0)


def _common_end(one: Sequence[str], other: Sequence[str]) -> int:
    pairs = zip(reversed(one), reversed(other), strict=False)
    return next((count for count, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _in_order(chosen: Iterable[tuple[int, Candidate]]) -> list[Candidate]:
    turns: dict[Digest, int] = defaultdict(int)
    ordered: list[tuple[int, int, str, Candidate]] = []
    for likeness, candidate in sorted(chosen, key=lambda pair: (-pair[0], str(pair[1].file.path))):
        ordered.append((turns[candidate.guess], -likeness, str(candidate.file.path), candidate))
        turns[candidate.guess] += 1
    return [candidate for *_, candidate in sorted(ordered, key=lambda item: item[:3])]


def by_size(candidates: Iterable[Candidate]) -> Mapping[int, list[Candidate]]:
    """Return the candidates of each size, in their order: only these compete."""
    groups: dict[int, list[Candidate]] = defaultdict(list)
    for candidate in candidates:
        groups[candidate.file.size].append(candidate)
    return groups


def _expected(candidates: Iterable[Candidate]) -> Iterable[Candidate]:
    """Yield the candidates that will be taken in if each is what it most likely is."""
    for group in by_size(candidates).values():
        yield from group[: len(group[0].possible)]
