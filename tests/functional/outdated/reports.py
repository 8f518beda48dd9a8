"""What the reports of `wansync outdated` say, and the file that the tests change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.functional.output import document

if TYPE_CHECKING:
    from tests.support.project import Ran

SHARD = "transformer/model-00002-of-00002.safetensors"


def findings(ran: Ran) -> dict[str, list[str]]:
    """Return the kinds of findings of the components that have some."""
    components = document("outdated", ran)["components"]
    return {c["id"]: [finding["kind"] for finding in c["findings"]] for c in components if c["findings"]}


def of_component(id_: str, ran: Ran) -> dict[str, Any]:
    (found,) = [c for c in document("outdated", ran)["components"] if c["id"] == id_]
    return dict(found)
