"""Whose token it is that the Hub gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from huggingface_hub import constants

from wansync.sources.huggingface.client import HubClient

if TYPE_CHECKING:
    from wansync.sources.access import Access


def whoami(access: Access) -> str:
    """Return the name of the account, as the Hub says it.

    Raises:
        AuthFailError: the Hub does not take the token, or gets none.
        WansyncError: it cannot be asked.
    """
    client = HubClient(access.hub_endpoint or constants.ENDPOINT, "", access)
    client.check_online()
    said = client.json(f"{client.endpoint}/api/whoami-v2", "the name of the account").value
    name = said.get("name") if isinstance(said, dict) else None
    if not isinstance(name, str) or not name:
        raise client.refuse("does not say whose token it is")
    return name
