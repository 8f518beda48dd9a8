"""How many tokens a prompt has, by the tokenizer of the model itself."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

from wansync.manifest import ComponentKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from wansync.wan.paths import WanPaths

_FILE = "tokenizer.json"


def token_counter(paths: WanPaths) -> Callable[[str], int] | None:
    """Return what counts the tokens of a prompt, with those that a tokenizer adds.

    `None` where nobody can: the library `tokenizers` is not installed (it comes with transformers), or the model has no
    `tokenizer.json`.
    """
    files = [path for part in paths.of_kind(ComponentKind.TOKENIZER) for path in part.paths if path.name == _FILE]
    if not files or not files[0].is_file() or importlib.util.find_spec("tokenizers") is None:
        return None
    from tokenizers import Tokenizer  # noqa: PLC0415 (only whoever runs a model has it)

    tokenizer = Tokenizer.from_file(str(files[0]))
    # What was saved may cut off and fill up; here is asked how long a prompt is.
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return lambda text: len(tokenizer.encode(text).ids)
