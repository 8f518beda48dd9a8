"""`python -m tests.torture.campaign`: kills, failing system calls, power cuts, hostile input and lying
servers, as long as one likes.

The state file has what was done, so that the same command goes on after an interruption; a seed decides all random
choices. Ends with 1 when a promise was broken, and with 2 when this host cannot do what was asked for.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import secrets
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.chaos.part import Chaos
from tests.torture.cuts import Cuts
from tests.torture.host import lacks_power_cuts, lacks_strace
from tests.torture.hostile.part import Hostile
from tests.torture.kills import Kills
from tests.torture.place import EDITIONS, Place
from tests.torture.report import about_host, render
from tests.torture.syscalls import ERRORS, Syscalls
from tests.torture.trial import Tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.torture.trial import Part

FORMAT_VERSION = "1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a campaign is to do.

    Args:
        seed: of all random choices.
        kills, cuts, hostile, chaos: how many are to strike.
        every: each how manieth system call is to fail; 0 is none.
        faults: how they are to fail.
    """

    seed: int
    kills: int
    cuts: int
    every: int
    faults: tuple[str, ...]
    hostile: int = 0
    chaos: int = 0


def parts(wanted: Wanted, folder: Path) -> Iterator[tuple[str, contextlib.AbstractContextManager[Part], int | None]]:
    """Yield the parts of a campaign, each with its name, what sets it up, and how many faults are enough."""
    if wanted.every:
        yield "syscalls", contextlib.nullcontext(syscalls_in(folder / "syscalls", wanted)), None
    if wanted.hostile:
        yield "hostile", contextlib.nullcontext(Hostile(folder / "hostile", wanted.seed)), wanted.hostile
    if wanted.chaos:
        yield "chaos", contextlib.nullcontext(Chaos(folder / "chaos", wanted.seed)), wanted.chaos
    if wanted.kills:
        yield "kills", Kills(folder / "kills", wanted.seed), wanted.kills
    if wanted.cuts:
        yield "cuts", contextlib.nullcontext(Cuts(folder / "cuts", wanted.seed)), wanted.cuts


def syscalls_in(folder: Path, wanted: Wanted) -> Syscalls:
    """Return the sweeps of system calls, with their project in a folder."""
    place = Place(folder)
    for edition in EDITIONS:
        place.lock(edition)
    place.program.warm_up(("sync", "-q"), ("sync",), ("gc", "--yes"))
    return Syscalls(place, wanted.seed, wanted.every, wanted.faults)


class Campaign:
    """What was done so far, and where that is kept.

    Args:
        wanted: what is to be done.
        file: where the state is kept; a campaign that is there already is gone on with.

    Raises:
        ValueError: the file has another campaign.
    """

    def __init__(self, wanted: Wanted, file: Path) -> None:
        self._file = file
        self._about: dict[str, Any] = {"seed": wanted.seed, "every": wanted.every, "faults": list(wanted.faults)}
        self.tallies: dict[str, Tally] = {}
        if file.exists():
            values = json.loads(file.read_text(encoding="utf-8"))
            if values["campaign"] != self._about:
                raise ValueError(f"{file} has another campaign: {values['campaign']}")
            self.tallies = {name: Tally.of(tally) for name, tally in values["parts"].items()}

    def go_on(self, name: str, part: Part, enough: int | None) -> None:
        """Run trials of a part until enough faults have struck, or until there are no more.

        Args:
            name: what the state file calls it.
            part: whose trials.
            enough: how many faults are.
        """
        tally = self.tallies.setdefault(name, Tally())
        while (part.trials is None or tally.next < part.trials) and (enough is None or tally.faults < enough):
            started = time.monotonic()
            outcome = part.run(tally.next)
            for text in outcome.broken:
                sys.stderr.write(f"broken: {name} {tally.next}: {text}\n")
            tally.add(outcome, time.monotonic() - started)
            self.save()

    def save(self) -> None:
        """Write the state in one step."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._file.with_name(f"{self._file.name}.new")
        temporary.write_text(json.dumps(self.to_dict(), indent=2) + "\n", encoding="utf-8")
        temporary.replace(self._file)

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON form: the state, and the report."""
        return {
            "format_version": FORMAT_VERSION,
            "campaign": dict(self._about),
            "host": about_host(),
            "parts": {name: tally.to_dict() for name, tally in self.tallies.items()},
        }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run or go on with a campaign, and print its report."""
    chosen = _parser().parse_args(arguments)
    wanted = Wanted(
        seed=_seed(chosen.seed, chosen.state),
        kills=chosen.kills,
        cuts=chosen.cuts,
        every=chosen.syscalls,
        hostile=chosen.hostile,
        chaos=chosen.chaos,
        faults=tuple(chosen.faults.split(",")),
    )
    impossible = [why for asked, why in ((wanted.every, lacks_strace), (wanted.cuts, lacks_power_cuts)) if asked]
    if reasons := [reason for why in impossible if (reason := why())]:
        sys.stderr.write(f"error: {'; '.join(reasons)}\n")
        return 2
    try:
        campaign = Campaign(wanted, chosen.state)
    except ValueError as error:
        sys.stderr.write(f"error: {error}; name another file with --state\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="wansync-torture-") as folder:
        for name, made, enough in parts(wanted, Path(folder)):
            with made as part:
                campaign.go_on(name, part, enough)
    sys.stdout.write(render(campaign.to_dict()))
    return int(any(tally.broken for tally in campaign.tallies.values()))


def _seed(given: int | None, state: Path) -> int:
    if given is not None:
        return given
    if state.exists():
        return int(json.loads(state.read_text(encoding="utf-8"))["campaign"]["seed"])
    return secrets.randbits(32)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.torture.campaign", description=__doc__)
    parser.add_argument("--kills", type=int, default=0, metavar="N", help="N kills at random times")
    parser.add_argument("--cuts", type=int, default=0, metavar="N", help="N power cuts on ext4; needs root")
    parser.add_argument(
        "--syscalls", type=int, default=0, metavar="N", help="let every Nth system call fail (1: all); needs strace"
    )
    parser.add_argument("--hostile", type=int, default=0, metavar="N", help="N hostile inputs to all readers")
    parser.add_argument("--chaos", type=int, default=0, metavar="N", help="N lies of servers, in any order")
    parser.add_argument("--faults", default=",".join(ERRORS), metavar="NAMES", help="how (default: %(default)s)")
    parser.add_argument("--seed", type=int, metavar="SEED", help="default: that of the state, else a random one")
    parser.add_argument(
        "--state", type=Path, default=Path(".torture/campaign.json"), metavar="FILE", help="default: %(default)s"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
