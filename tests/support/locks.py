"""Locks as somebody with bad intentions would write them."""

from __future__ import annotations

import re

from wansync.digest import Digest, tree_digest


def with_true_trees(text: str) -> str:
    """Return a lock whose trees fit its files again, as an attacker would write it."""
    blocks = text.split("[[component]]")
    row = re.compile(r'path = "([^"]+)", size = (\d+), sha256 = "([0-9a-f]{64})"')
    for position, block in enumerate(blocks):
        if rows := row.findall(block):
            tree = tree_digest((path, int(size), Digest(digest)) for path, size, digest in rows).prefixed
            blocks[position] = re.sub(r"sha256:[0-9a-f]{64}", tree, block)
    return "[[component]]".join(blocks)
