"""What is to be reached, and whether it is. No IO."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from tests.benchmarks.transfer import peers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.benchmarks.transfer.measured import Measured

_SECONDS, _CPU = "seconds", "cpu"
_MB = 10**6


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One row: what was to be reached, and what came out; `reached` is `None` where it was not measured."""

    measure: str
    reach: str
    program: str
    engine: str = ""
    reached: bool | None

    def to_dict(self) -> dict[str, object]:
        """Return it for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A ratio to a peer in the same rounds.

    Args:
        measure: what it is, for the table.
        case: where it is measured.
        peer: who it is measured against.
        own: which of ours is measured.
        quantity: `seconds` or `cpu`.
        most: what ours may take of what the peer takes.
        faster: whether people say it the other way round: how many times faster ours is.
        alone: whether the start of the program does not count.
    """

    measure: str
    case: str
    peer: str
    own: str = peers.OURS
    quantity: str = _SECONDS
    most: float
    faster: bool = False
    alone: bool = False


BARS = (
    Bar(measure="one file over HTTP against curl", case="one-http", peer=peers.CURL, most=1.10),
    Bar(measure="one file over HTTPS against curl, then openssl", case="one-https", peer=peers.CURL_OPENSSL, most=0.90),
    Bar(measure="eight files over HTTP against curl -Z", case="eight-http", peer=peers.CURL, most=1.00),
    Bar(
        measure="eight files over HTTPS against curl -Z, then openssl in 2 processes",
        case="eight-https",
        peer=peers.CURL_TWO_OPENSSL,
        most=1.00,
    ),
    Bar(measure="1,000 x 64 KiB over HTTP against curl -Z", case="many-http", peer=peers.CURL, most=4.0),
    Bar(measure="one file against hf_hub_download", case="one-http", peer=peers.HF_CALL, most=1 / 4.2, faster=True),
    Bar(measure="eight files against hf download", case="eight-http", peer=peers.HF, most=1 / 3, faster=True),
    Bar(measure="CPU against curl, then openssl", case="one-http", peer=peers.CURL_OPENSSL, quantity=_CPU, most=0.90),
    Bar(
        measure="at 400 MB/s: hash and durability against curl, without the program's start",
        case="throttled",
        peer=peers.CURL,
        most=1.06,
        alone=True,
    ),
    Bar(measure="one file from S3 against boto3", case="s3-one", peer=peers.BOTO3_SIGNED, most=1.0),
    Bar(measure="one file from S3 against s5cmd", case="s3-one", peer=peers.S5CMD_SIGNED, most=1.0),
    Bar(measure="one file from S3 against s5cmd, then openssl", case="s3-one", peer=peers.S5CMD_OPENSSL, most=1.0),
    Bar(measure="eight files from S3 against boto3", case="s3-eight", peer=peers.BOTO3_SIGNED, most=1.0),
    Bar(measure="eight files from S3 against s5cmd", case="s3-eight", peer=peers.S5CMD_SIGNED, most=1.0),
    Bar(
        measure="eight files from S3 against s5cmd, then openssl in 2 processes",
        case="s3-eight",
        peer=peers.S5CMD_OPENSSL,
        most=1.0,
    ),
    Bar(measure="1,000 x 64 KiB from S3 against boto3", case="s3-many", peer=peers.BOTO3_SIGNED, most=1.0),
    Bar(measure="1,000 x 64 KiB from S3 against s5cmd", case="s3-many", peer=peers.S5CMD_SIGNED, most=1.0),
    *(
        Bar(measure=f"{files} from S3 at 400 MB/s against {short}", case=f"s3-{case}-throttled", peer=peer, most=1.0)
        for case, files in (("one", "one file"), ("eight", "eight files"))
        for peer, short in (
            (peers.BOTO3_SIGNED, "boto3"),
            (peers.S5CMD_SIGNED, "s5cmd"),
            (peers.S5CMD_OPENSSL, "s5cmd, then openssl in 2 processes"),
        )
    ),
    Bar(
        measure="verify against openssl in 2 processes",
        case="verify",
        own=peers.VERIFY,
        peer=peers.TWO_OPENSSL,
        most=1.05,
    ),
)
_MOST_PEAK = 120 * _MB


def judge(measured: Mapping[str, Measured]) -> list[Verdict]:
    """Return a verdict for each bar of a case that was measured."""
    verdicts = [_judge(bar, measured[bar.case]) for bar in BARS if bar.case in measured]
    return [*verdicts, *_judge_memory(measured)]


def _judge(bar: Bar, measured: Measured) -> Verdict:
    reach = f">= {1 / bar.most:.2g} x faster" if bar.faster else f"<= {bar.most:.2f}"
    program, engine = (_text(bar, measured, own) for own in (bar.own, peers.ENGINE))
    ratio = measured.ratio(peers.ENGINE if bar.alone else bar.own, bar.peer, bar.quantity)
    reached = ratio.median <= bar.most if ratio else None
    return Verdict(measure=bar.measure, reach=reach, program=program, engine=engine, reached=reached)


def _text(bar: Bar, measured: Measured, own: str) -> str:
    pair = (bar.peer, own) if bar.faster else (own, bar.peer)
    ratio = measured.ratio(*pair, bar.quantity)
    if ratio is None:
        return measured.skipped.get(own) or measured.skipped.get(bar.peer) or ""
    return f"{ratio.median:.2f} ({ratio.low:.2f} to {ratio.high:.2f})"


def _judge_memory(measured: Mapping[str, Measured]) -> list[Verdict]:
    """Return the verdict about the peak of all cases; that of a round is what counts, not that of the median."""
    peaks = [run.peak for case in measured.values() for run in case.runs.get(peers.OURS, [])]
    if not peaks:
        return []
    text = f"{max(peaks) / _MB:.0f} MB"
    reached = max(peaks) <= _MOST_PEAK
    return [Verdict(measure="peak memory, all cases", reach="<= 120 MB", program=text, reached=reached)]
