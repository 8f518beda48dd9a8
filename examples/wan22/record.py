"""Write `listings/` from `facts.json`: what `wansync lock --save-listings` records when the Hub is asked.

    python -m examples.wan22.record             # from the root of the repository; writes beside this script
    python -m examples.wan22.record --out DIR   # writes into DIR

A file whose SHA-256 is not known is left out, and the provenance of the listing says so. A weight map stands in a
listing only if the index that it belongs to has the published SHA-256.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from examples.wan22.architecture import REPOSITORIES
from wansync.digest import Digest, Revision
from wansync.listing import ListedFile, Listing, format_listing, listing_file_name
from wansync.manifest import SourceRef
from wansync.paths import RelativePath

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from examples.wan22.checkpoint import Checkpoint

HERE = Path(__file__).resolve().parent
FACTS = HERE / "facts.json"
LISTINGS = HERE / "listings"


def listings(facts: Mapping[str, Any]) -> Iterator[Listing]:
    """Yield the listing of every repository.

    Raises:
        ValueError: an index that was rebuilt has not the published SHA-256.
    """
    for repository, known in facts.items():
        files = {file["path"]: file for file in known["files"]}
        yield Listing(
            source=SourceRef.parse(f"hf:{repository}"),
            ref=known["revision"],
            revision=Revision(known["revision"]),
            files=tuple(sorted(_listed(file) for file in files.values() if "sha256" in file)),
            weight_maps=dict(_weight_map(checkpoint, files) for checkpoint in REPOSITORIES[repository]),
            provenance=(*known["provenance"], *known["missing"], *_notes(files.values())),
        )


def _listed(file: Mapping[str, Any]) -> ListedFile:
    return ListedFile(path=RelativePath(file["path"]), size=file["size"], digest=Digest(file["sha256"]))


def _weight_map(checkpoint: Checkpoint, files: Mapping[str, Any]) -> tuple[RelativePath, dict[str, str]]:
    path = checkpoint.index_path
    if Digest.of(checkpoint.index).hex != files[path]["sha256"]:
        raise ValueError(f"the rebuilt {path} has not the published SHA-256")
    return RelativePath(path), checkpoint.weight_map


def _notes(files: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield a sentence for every file whose SHA-256 nobody has published for this repository."""
    for file in files:
        if basis := file.get("sha256_basis"):
            sha1 = f" (git blob SHA-1 {file['git_blob_sha1']})" if "git_blob_sha1" in file else ""
            left_out = "" if "sha256" in file else "; not listed here"
            yield f"{file['path']}: {basis}{sha1}{left_out}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, default=LISTINGS, metavar="DIR", help="instead of beside the script")
    out: Path = parser.parse_args(arguments).out
    out.mkdir(parents=True, exist_ok=True)
    for listing in listings(json.loads(FACTS.read_text(encoding="utf-8"))):
        (out / listing_file_name(listing.source, listing.ref)).write_bytes(format_listing(listing))
    return 0


if __name__ == "__main__":
    sys.exit(main())
