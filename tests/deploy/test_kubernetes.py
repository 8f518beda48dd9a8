"""examples/deploy/kubernetes: valid for the schema of Kubernetes, and each container does its work."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from tests.support.deployed import Machine, documents
from tests.support.record_kubernetes import KINDS, RECORDED

if TYPE_CHECKING:
    from tests.support.hub_project import HubProject
    from tests.support.project import Ran

LIMIT_SECONDS = 20
FILES = ("kubernetes/deployment.yaml", "kubernetes/cronjob.yaml")
DEFINITIONS = json.loads(RECORDED.read_bytes())["$defs"]
CLAIM, DEPLOYMENT = documents(FILES[0])
(CRONJOB,) = documents(FILES[1])
POD = DEPLOYMENT["spec"]["template"]["spec"]
NIGHTLY = CRONJOB["spec"]["jobTemplate"]["spec"]["template"]["spec"]
CONTAINERS = {container["name"]: container for pod in (POD, NIGHTLY) for container in pod["containers"]}
CONTAINERS |= {container["name"]: container for container in POD["initContainers"]}


def faults(document: Any) -> list[str]:  # noqa: ANN401 (any YAML value)
    """Return what Kubernetes would not take."""
    schema = {"$ref": f"#/$defs/{KINDS[document['kind']]}", "$defs": DEFINITIONS}
    return [error.message for error in Draft202012Validator(schema).iter_errors(document)]


@pytest.fixture
def machine(deployed: HubProject, tmp_path: Path) -> Machine:
    """A node: the config map is mounted as kubelet does it, as links to a directory that it can swap."""
    mounted = tmp_path / "etc-wansync"
    data = mounted / "..2026_01_05"
    data.mkdir(parents=True)
    (mounted / "..data").symlink_to(data.name)
    for name in ("models.toml", "models.lock"):
        (data / name).write_bytes((deployed.directory / name).read_bytes())
        (mounted / name).symlink_to(f"..data/{name}")
    made = Machine(tmp_path, {"/etc/wansync": mounted, "/models": deployed.models_root})
    made.stand_in("python")
    return made


def variables(name: str, token: str) -> dict[str, str]:
    """Return what a container has in its environment; a reference to a secret is the token."""
    return {item["name"]: item.get("value", token) for item in CONTAINERS[name]["env"]}


def command(name: str) -> list[str]:
    return [*CONTAINERS[name]["command"], *CONTAINERS[name].get("args", [])]


def start(name: str, machine: Machine, token: str) -> Ran:
    return machine.run(command(name), variables(name, token), CONTAINERS[name]["workingDir"])


@pytest.mark.parametrize("name", FILES)
def test_documents_are_valid(name: str) -> None:
    assert [faults(document) for document in documents(name)] == [[]] * len(documents(name))


@pytest.mark.parametrize(
    ("old", "new"),
    [("readinessProbe", "readinesProbe"), ('"periodSeconds": 5', '"periodSeconds": "soon"'), ("claimName", "claim")],
)
def test_document_that_is_not_valid_is_noticed(old: str, new: str) -> None:
    text = json.dumps(DEPLOYMENT)

    assert old in text
    assert faults(json.loads(text.replace(old, new))) != []


@pytest.mark.parametrize("pod", [POD, NIGHTLY], ids=["deployment", "cronjob"])
def test_what_is_mounted_is_there(pod: dict[str, Any]) -> None:
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    containers = pod["containers"] + pod.get("initContainers", [])

    assert {mount["name"] for container in containers for mount in container["volumeMounts"]} == volumes.keys()
    assert volumes["models"]["persistentVolumeClaim"]["claimName"] == CLAIM["metadata"]["name"]
    assert DEPLOYMENT["spec"]["selector"]["matchLabels"] == DEPLOYMENT["spec"]["template"]["metadata"]["labels"]


def test_all_pods_are_one_project_of_the_store() -> None:
    assert POD["hostname"] == NIGHTLY["hostname"]
    assert len({container["workingDir"] for container in CONTAINERS.values()}) == 1


@pytest.mark.parametrize("name", sorted(CONTAINERS))
def test_container_may_do_no_more_than_it_must(name: str) -> None:
    security = CONTAINERS[name]["securityContext"]
    writes = {mount["name"] for mount in CONTAINERS[name]["volumeMounts"] if not mount.get("readOnly")}

    assert (security["readOnlyRootFilesystem"], security["allowPrivilegeEscalation"]) == (True, False)
    assert writes == ({"models", "tmp"} if name in {"sync", "verify"} else {"tmp"})
    assert ("HF_TOKEN" in variables(name, "")) == (name in {"sync", "verify"})


def test_pod_becomes_ready_with_its_models(deployed: HubProject, machine: Machine) -> None:
    health, token = CONTAINERS["health"], deployed.hub.token
    probes = [health[probe]["httpGet"]["path"] for probe in ("livenessProbe", "readinessProbe")]

    with machine.serving(command("health"), variables("health", token), health["workingDir"]) as server:
        before = [server.get(path).status for path in probes]
        synced = start("sync", machine, token)
        deadline = time.monotonic() + LIMIT_SECONDS
        while (after := [server.get(path).status for path in probes]) == before and time.monotonic() < deadline:
            time.sleep(0.2)
    deployed.hub.clear()
    app = start("app", machine, token)

    assert synced.status == 0, synced.stderr
    assert (before, after) == ([200, 503], [200, 200])
    assert app.stdout.startswith("python -m app --model "), app.stderr
    assert Path(app.stdout.split()[-1], "transformer", "config.json").is_file()
    assert deployed.hub.requests == []


def test_ports_of_the_probes_are_those_of_the_server() -> None:
    (port,) = CONTAINERS["health"]["ports"]

    assert port["containerPort"] == 8642
    assert {CONTAINERS["health"][probe]["httpGet"]["port"] for probe in ("livenessProbe", "readinessProbe")} == {
        port["name"]
    }


def test_program_is_not_started_without_its_model(machine: Machine) -> None:
    app = start("app", machine, "")

    assert (app.status, app.stdout) == (18, "")


def test_nightly_job_mends_what_is_wrong(deployed: HubProject, machine: Machine) -> None:
    assert start("sync", machine, deployed.hub.token).status == 0
    blob = next(path for path in sorted(deployed.layout.blobs.glob("*/*")) if path.stat().st_size > 2000)
    right = blob.read_bytes()
    blob.chmod(0o644)
    blob.write_bytes(right[:-1] + bytes([right[-1] ^ 1]))

    ran = start("verify", machine, deployed.hub.token)

    assert ran.status == 0, ran.stdout + ran.stderr
    assert blob.read_bytes() == right
