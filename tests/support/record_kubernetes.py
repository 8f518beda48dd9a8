"""Write `kubernetes.schema.json`: what Kubernetes takes of the kinds in examples/deploy, without its prose.

    pip install kubernetes-validate
    python -m tests.support.record_kubernetes .../kubernetes_validate/kubernetes-json-schema/v1.34.0-local-strict

The package (Apache-2.0, of schemas that the Kubernetes authors publish under the same licence) has 100 MiB, of which
this is what is needed.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).with_name("kubernetes.schema.json")
KINDS = {
    "Deployment": "io.k8s.api.apps.v1.Deployment",
    "CronJob": "io.k8s.api.batch.v1.CronJob",
    "PersistentVolumeClaim": "io.k8s.api.core.v1.PersistentVolumeClaim",
}
_SOURCE = "Kubernetes 1.34, strict; the Kubernetes authors, Apache-2.0; by tests/support/record_kubernetes.py"


def record(folder: Path) -> None:
    """Write the definitions that the kinds are made of, each in a line."""
    known = json.loads((folder / "_definitions.json").read_bytes())["$defs"]
    needed: dict[str, Any] = {}
    waiting = list(KINDS.values())
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed[name] = _without_prose(known[name])
            waiting += re.findall(r"#/\$defs/([\w.]+)", json.dumps(needed[name]))
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(needed[name])}" for name in sorted(needed))
    RECORDED.write_text(f'{{"$comment": "{_SOURCE}",\n"$defs": {{\n{lines}\n}}}}\n', encoding="utf-8")


def _without_prose(value: Any) -> Any:  # noqa: ANN401 (any JSON value)
    if isinstance(value, list):
        return [_without_prose(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: _without_prose(item) for key, item in value.items() if not _is_prose(key, item)}


def _is_prose(key: str, value: object) -> bool:
    return key.startswith("x-kubernetes") or (key == "description" and isinstance(value, str))


if __name__ == "__main__":
    record(Path(sys.argv[1]))
