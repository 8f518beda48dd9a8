"""`wansync smoke`: does a model run on this machine? Asked in a process of its own, which may take only so long."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from wansync.documents import DocumentError, parse_json
from wansync.errors import ErrorCode, SmokeFailError, SmokeTimeoutError, UsageError, WansyncError
from wansync.surroundings.servers import secret_values
from wansync.text import format_seconds, mask_secrets, printable
from wansync.value_types import value_type
from wansync.wan.libraries import require_libraries
from wansync.wan.load import leased_paths, require_diffusers
from wansync.wan.memory import choice
from wansync.wan.modes import Mode, parse_offload
from wansync.wan.paths import locked_model, spelled, workspace_of
from wansync.wan.smoke.process import Ended, ask_process
from wansync.wan.smoke.report import SmokeReport

if TYPE_CHECKING:
    from wansync.api import Project
    from wansync.project import Workspace

TIME_LIMIT = 1800.0
"""Seconds: the 126 GB of an A14B model take minutes to come from a disk."""
_MODULE = "wansync.wan.smoke.child"
_ROOM = 1 << 20


class SmokeChoices(TypedDict, total=False):
    """What a caller of `smoke_test` may say; see `SmokeOptions`."""

    device: str | None
    mode: str
    offload: str
    time_limit: float


@value_type
class SmokeOptions:
    """How a smoke test runs.

    Args:
        device: torch's name of the device, `cuda`, `cuda:1` or `cpu`; a GPU if there is one, else the processor.
        mode: as `load_pipeline`.
        offload: as `load_pipeline`.
        time_limit: in seconds, for all of it.
    """

    device: str | None = None
    mode: str = "production"
    offload: str = "auto"
    time_limit: float = TIME_LIMIT

    def check(self) -> None:
        """Return if they make sense.

        Raises:
            UsageError: one of them does not.
        """
        choice(Mode, self.mode)
        parse_offload(self.offload)
        if not self.time_limit > 0:
            raise UsageError("The time limit is not above zero", hint="Give it in seconds, such as `--timeout 600`")


def smoke_test(
    model_id: str, variant: str | None = None, *, project: Project | None = None, **choices: Unpack[SmokeChoices]
) -> SmokeReport:
    """Run two steps of a small video with a model, and return what that took.

    Args:
        model_id: as `ensure` takes it.
        variant: which variant, where the name does not say it.
        project: the project; that of the working directory when it is not given.
        **choices: see `SmokeOptions`.

    Raises:
        ExtraMissingError: torch or another library of the extra `wan` is not installed.
        SmokeFailError: an expert was not called, or what came out is not what should; its fact `check` says which.
        SmokeTimeoutError: it took too long.
        WansyncError: as `load_pipeline`.
    """
    return smoke(workspace_of(project), spelled(model_id, variant), SmokeOptions(**choices))


def smoke(workspace: Workspace, wanted: str, options: SmokeOptions) -> SmokeReport:
    """Run a smoke test in a project; raises as `smoke_test`."""
    options.check()
    _, selected = locked_model(workspace, wanted)
    require_diffusers(selected.name, selected.variant.layout)
    require_libraries()
    # Made ready here, where progress is shown; the process takes a lease of its own, and may not use the network.
    with leased_paths(workspace, selected.name):
        question = json.dumps(_question(workspace, selected.name, options)).encode("ascii")
        ended = ask_process(["-m", _MODULE], question, options.time_limit)
    return _judge(selected.name, ended, options)


def _question(workspace: Workspace, name: str, options: SmokeOptions) -> dict[str, object]:
    return {
        "project": str(workspace.directory),
        "models_root": str(workspace.settings.models_root),
        "model": name,
        "device": options.device,
        "mode": options.mode,
        "offload": options.offload,
    }


def _judge(name: str, ended: Ended, options: SmokeOptions) -> SmokeReport:
    if ended.status is None:
        raise SmokeTimeoutError(
            f"`{name}` was not done after {format_seconds(options.time_limit)}, and was stopped",
            hint="Give it longer with `--timeout SECONDS`, or look whether the device is busy with something else",
            model=name,
            time_limit=options.time_limit,
            log=_log(ended),
        )
    try:
        said = parse_json(ended.answer, limit=_ROOM)
        if "error" in said:
            raise _relayed(said["error"])
        return SmokeReport.parse(said["result"])
    except (DocumentError, KeyError, TypeError, ValueError):
        raise _died(name, ended) from None


def _died(name: str, ended: Ended) -> SmokeFailError:
    by_signal = ended.status is not None and ended.status < 0
    how = f"by signal {-(ended.status or 0)}" if by_signal else f"with status {ended.status}"
    return SmokeFailError(
        f"The process that ran `{name}` ended {how} and gave no answer",
        hint="By signal 9 a system ends what takes its last memory: take a machine with more, or a smaller variant"
        if by_signal
        else "The fact `log` has the last lines that it wrote (`--json` shows them)",
        model=name,
        check="process",
        log=_log(ended),
    )


def _log(ended: Ended) -> list[str]:
    lines = mask_secrets(ended.log, secret_values()).splitlines()
    return [printable(line) for line in lines if line.strip()][-10:]


def _relayed(values: dict[str, Any]) -> WansyncError:
    """Return the error that the process met, as if it had been met here."""
    kinds = {kind.code: kind for kind in _all_kinds(WansyncError) if hasattr(kind, "code")}
    kind = kinds[ErrorCode(values["code"])]
    error = kind.__new__(kind)
    WansyncError.__init__(error, values["message"], hint=values["hint"], **values["facts"])
    return error


def _all_kinds(kind: type[WansyncError]) -> list[type[WansyncError]]:
    return [kind, *(below for child in kind.__subclasses__() for below in _all_kinds(child))]
