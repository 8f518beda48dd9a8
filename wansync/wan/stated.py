"""Numbers that a model's `defaults` state. A manifest and a lock take any value there, so here they are judged."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wansync.errors import InvalidLockError, UsageError
from wansync.text import printable

if TYPE_CHECKING:
    from wansync.manifest import Model

_SIZE = re.compile(r"\s*([0-9]{1,6})\s*[x*]\s*([0-9]{1,6})\s*", re.IGNORECASE)
_FRAMES, _FPS = 81, 16
"""Those of the A14B models, for one that states none."""


def parse_video_size(text: str) -> tuple[int, int]:
    """Return width and height of `1280x720`, or of `1280*720` as the official code spells it.

    Raises:
        UsageError: the text is no size.
    """
    if not (found := _SIZE.fullmatch(text)):
        raise UsageError(f"`{printable(text)}` is no size", hint="Write width and height, such as `1280x720`")
    return int(found[1]), int(found[2])


def sizes_of(model: Model) -> tuple[tuple[int, int], ...]:
    """Return the sizes (width, height) that a model was made for, the largest first; none where nobody says.

    Raises:
        InvalidLockError: what is stated is no list of sizes.
    """
    texts = model.defaults.get("sizes", [])
    try:
        pairs = {parse_video_size(str(text)) for text in texts} if isinstance(texts, list | tuple) else None
    except UsageError:
        pairs = None
    if pairs is None:
        raise _wrong(model, "sizes", texts, 'a list such as `["1280*720"]`')
    # Of two that are as large, the one that lies.
    return tuple(sorted(pairs, key=lambda pair: (pair[0] * pair[1], pair[0]), reverse=True))


def stated_frames(model: Model) -> int:
    """Return how many frames a model makes unless told otherwise.

    Raises:
        InvalidLockError: what is stated is no whole number.
    """
    return _whole(model, "frames", _FRAMES)


def stated_fps(model: Model) -> int:
    """Return how many frames of its videos are a second; raises as `stated_frames`."""
    return _whole(model, "fps", _FPS)


def _whole(model: Model, key: str, otherwise: int) -> int:
    value = model.defaults.get(key, otherwise)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise _wrong(model, key, value, "a whole number above zero")
    return value


def _wrong(model: Model, key: str, value: object, expected: str) -> InvalidLockError:
    return InvalidLockError(
        f"`{key}` in the defaults of `{model.id}` is `{printable(str(value), limit=80)}`, not {expected}",
        hint=f"Correct `models.{model.id}.defaults` in `models.toml`, and run `wansync lock`",
        model=model.id,
        key=key,
    )
