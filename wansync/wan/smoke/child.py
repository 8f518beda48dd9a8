"""The process of a smoke test: `python -m wansync.wan.smoke.child`. One question on stdin, one answer on stdout."""

from __future__ import annotations

import json
import os
import sys
import threading
from typing import Any

from wansync.errors import SmokeFailError, WansyncError
from wansync.text import printable


def main() -> None:
    """Answer a question of `wansync.wan.smoke.run`: either `result` or `error` is in the document."""
    # Whatever prints from here on prints to stderr; only the answer goes where we were started to write.
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    question = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with answer:
        json.dump(_answer(question), answer)


def _answer(question: dict[str, Any]) -> dict[str, object]:
    try:
        from wansync.wan.smoke.steps import take_steps  # noqa: PLC0415 (loads torch; a failure is an answer)

        return {"result": take_steps(question).to_dict()}
    except WansyncError as error:
        return {"error": error.to_dict()}
    except Exception as error:  # noqa: BLE001 (whatever the libraries raise is what was asked for)
        return {"error": _failure(question, error).to_dict()}


def _failure(question: dict[str, Any], error: Exception) -> SmokeFailError:
    kind = type(error).__name__
    memory = kind == "OutOfMemoryError" or isinstance(error, MemoryError)
    return SmokeFailError(
        f"`{question['model']}` does not run: {kind}: {printable(str(error))}",
        hint="Take another offload, such as `--offload sequential`, or free memory"
        if memory
        else "Run `wansync verify` to see that the weights are the locked ones, and compare the versions of torch and "
        "diffusers with those that the model is known to run with",
        model=str(question["model"]),
        check="memory" if memory else "run",
        exception=kind,
    )


def _end_with_parent() -> None:
    """Wait for the pipe from whoever started us to end, which it does when they are gone, and end too."""
    sys.stdin.read()
    os._exit(1)


if __name__ == "__main__":
    main()
