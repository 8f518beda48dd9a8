"""Neither a token nor a signed URL is logged, however much a program lets others log."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from tests.chaos.lies.bodies import cut
from tests.chaos.lies.redirects import to
from tests.chaos.lies.statuses import status
from tests.chaos.stage import MEDIUM
from tests.chaos.wire import Exchange

if TYPE_CHECKING:
    from tests.chaos.lies.lie import Fault
    from tests.chaos.stage import Stage

FAULTS: dict[str, tuple[Fault, bool]] = {
    "log of a good run": (Exchange.honest, False),
    "log of a run that is cut": (cut, False),
    "log of a run that is refused": (status(403), False),
    "log of a redirect to nowhere": (to("http://127.0.0.1:9/{name}?X-Signature=canary-of-a-signature"), True),
}


@pytest.mark.parametrize("name", FAULTS)
def test_no_secret_is_logged(stage: Stage, caplog: pytest.LogCaptureFixture, name: str) -> None:
    caplog.set_level(logging.DEBUG)
    fault, at_hub = FAULTS[name]
    stage.liar.lie(fault, at_hub=at_hub)

    stage.sync(MEDIUM)

    said = "\n".join(record.getMessage() for record in caplog.records)
    assert any(asked.lied for asked in stage.liar.asked)
    assert stage.liar.token not in said
    assert "canary-of-a-signature" not in said
