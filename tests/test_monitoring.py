"""The examples for monitoring speak of metrics that there are."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.conftest import REPOSITORY

pytest.importorskip("prometheus_client", reason="needs the extra `server`")

from wansync.metrics import RunMetrics, ServedRequests, State, state_text
from wansync.ops.health import HealthReport

if TYPE_CHECKING:
    from pathlib import Path

EXAMPLES = REPOSITORY / "examples" / "monitoring"
ALERTS, DASHBOARD = EXAMPLES / "alerts.yml", EXAMPLES / "dashboard.json"
HOW_TO = REPOSITORY / "docs" / "how-to" / "metrics.md"
_NAME = re.compile(r"\bwansync_[a-z_]+\b(?![.*])")


def exported() -> dict[str, str]:
    """Return the type of each metric that is exported, by the name of each sample."""
    health = HealthReport(project="p", models=())
    state = State(health=health, stored=1, capacity=1, free=1, most=1, seconds=1)
    text = b"".join([state_text(state), ServedRequests().text(), RunMetrics("sync").text()]).decode()
    found: dict[str, str] = {}
    for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE):
        more = ("", "_bucket", "_sum", "_count") if kind == "histogram" else ("",)
        found |= {f"{name}{suffix}": kind for suffix in more}
    return found


@pytest.mark.parametrize("path", [ALERTS, DASHBOARD, HOW_TO], ids=lambda path: path.name)
def test_every_metric_that_is_named_is_exported(path: Path) -> None:
    named = set(_NAME.findall(path.read_text(encoding="utf-8")))

    assert named
    assert named - set(exported()) == set()


def test_every_metric_is_explained() -> None:
    base = {re.sub(r"_(bucket|sum|count)$", "", name) for name, kind in exported().items() if kind == "histogram"}
    plain = {name for name, kind in exported().items() if kind != "histogram"}
    text = HOW_TO.read_text(encoding="utf-8")

    assert [name for name in sorted(base | plain) if name not in text] == []


def test_only_counters_are_asked_for_their_rate() -> None:
    text = ALERTS.read_text(encoding="utf-8") + DASHBOARD.read_text(encoding="utf-8")

    for name in re.findall(r"rate\((wansync_[a-z_]+)", text):
        assert exported()[name] in {"counter", "histogram"}


def test_alerts_have_what_prometheus_and_people_need() -> None:
    yaml = pytest.importorskip("yaml", reason="comes with huggingface_hub")
    (group,) = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]

    for rule in group["rules"]:
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in {"info", "warning", "critical"}
        assert rule["annotations"]["summary"]


def test_dashboard_is_a_document_with_panels_that_ask_something() -> None:
    document = json.loads(DASHBOARD.read_text(encoding="utf-8"))

    ids = [panel["id"] for panel in document["panels"]]
    assert len(ids) == len(set(ids)) > 0
    assert all(target["expr"] for panel in document["panels"] for target in panel["targets"])


def test_promtool_takes_the_rules_and_the_metrics() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed")
    state = State(health=HealthReport(project="p", models=()), stored=1, capacity=1, free=1, most=1, seconds=1)
    text = state_text(state) + ServedRequests().text() + RunMetrics("sync").text()

    subprocess.run([promtool, "check", "rules", str(ALERTS)], check=True)
    subprocess.run([promtool, "check", "metrics"], input=text, check=True)
