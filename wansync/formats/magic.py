"""What the first bytes of a weights file say of its format, whatever its name. No IO.

This finds what calls itself something else; it is no scanner. A pickle of protocol 0 is plain text and looks like
nothing in particular, so a name that loaders unpickle is refused by name (`names.py`).
"""

from __future__ import annotations

from wansync.formats.safetensors import LENGTH_BYTES, MAX_HEADER_BYTES

HEAD_BYTES = 4096
"""As many bytes as `content_format` looks at."""
_ZIP = b"PK\x03\x04"
_GGUF = b"GGUF"
_PROTO, _FIRST_BINARY_PROTOCOL, _LAST_PROTOCOL = 0x80, 2, 5
_OPCODES = frozenset(b"().012BCFGIJKLMNPQRSTUVX]abcdeghijlopqrstu}") | frozenset(range(0x81, 0x99))
"""Every opcode of pickle that can follow the one for the protocol."""


def content_format(head: bytes) -> str:
    """Return the format of a file that begins with `head`: `pickle`, `gguf`, `safetensors` or `other`.

    What could be two of them is a pickle; that a safetensors header is valid only `safetensors.parse_header` tells.
    """
    head = head[:HEAD_BYTES]
    if head.startswith(_GGUF):
        return "gguf"
    if _is_zip_with_pickle(head) or _is_bare_pickle(head):
        return "pickle"
    return "safetensors" if _is_safetensors(head) else "other"


def _is_safetensors(head: bytes) -> bool:
    length = int.from_bytes(head[:LENGTH_BYTES], "little")
    return length <= MAX_HEADER_BYTES and head[LENGTH_BYTES:].lstrip(b" \t\r\n").startswith(b"{")


def _is_zip_with_pickle(head: bytes) -> bool:
    """Return whether it is what torch writes: a zip whose first entries have `<name>/data.pkl` among them."""
    return head.startswith(_ZIP) and b".pkl" in head


def _is_bare_pickle(head: bytes) -> bool:
    if len(head) < 3 or head[0] != _PROTO:  # noqa: PLR2004 (opcode, protocol, next opcode)
        return False
    return _FIRST_BINARY_PROTOCOL <= head[1] <= _LAST_PROTOCOL and head[2] in _OPCODES
