"""Ten pods for the ten answers that an operator may get: nine that can't pull, each for a reason of its own."""

import base64
import json
from collections.abc import Collection, Mapping
from types import MappingProxyType

from sandbox import deployment
from sandbox.kube import times
from sandbox.machines.hardware import CLOUD_PLATFORM
from sandbox.objects.kinds import Object
from sandbox.objects.pods import is_ready
from sandbox.scenarios import workloads
from sandbox.scenarios.stage import Stage

NAMESPACE = "prod-app"
ZONE = "us-central1-a"
GOOD, STALE, NARROW, LONE = "gke-main-apps-a1", "gke-main-apps-a2", "gke-main-narrow-a1", "gke-main-lone-a1"
LONER = f"lone@{deployment.PROJECT}.iam.gserviceaccount.com"
WORKLOAD = f"ocr@{deployment.PROJECT}.iam.gserviceaccount.com"
SHARED = f"{deployment.REGISTRY_HOST}/acme-shared/base"
IMAGE = f"{deployment.IMAGES}/worker:v1"
LOGGING = "https://www.googleapis.com/auth/logging.write"

FAILING = {
    "no-project-grant": (GOOD, f"{SHARED}/tool:v1"),
    "no-repository-grant": (LONE, IMAGE),
    "workload-grant": (LONE, IMAGE),
    "no-image": (GOOD, f"{deployment.IMAGES}/nothing:v1"),
    "no-tag": (GOOD, f"{deployment.IMAGES}/worker:v9"),
    "wrong-platform": (GOOD, f"{deployment.IMAGES}/arm:v1"),
    "expired-secret": (LONE, IMAGE),
    "no-scopes": (NARROW, IMAGE),
    "stale-node": (STALE, IMAGE),
}
"""Where each pod is bound, and what it wants."""
RUNNING = {"all-well": (GOOD, IMAGE)}


async def scene(stage: Stage) -> None:
    """All ten stand as they are to be found, and nobody but the tests has the stale node probed."""
    await stage.world.refresh.stop()
    await machines(stage)
    await pods(stage)


async def machines(stage: Stage) -> None:
    """The images, and the nodes, all of which can still show what they hold; and a namespace without pods."""
    world = stage.world
    for image in (IMAGE, f"{SHARED}/tool:v1"):
        world.catalog.push(image, log_lines=("listening",))
    world.catalog.push(f"{deployment.IMAGES}/arm:v1", platforms=("linux/arm64", "linux/s390x"))
    world.policies.grant(f"serviceAccount:{WORKLOAD}", deployment.READER, deployment.REPOSITORY)
    for name, pool, account, scope in (
        (GOOD, "apps", deployment.NODES, CLOUD_PLATFORM),
        (STALE, "apps", deployment.NODES, CLOUD_PLATFORM),
        (NARROW, "narrow", deployment.NODES, LOGGING),
        (LONE, "lone", LONER, CLOUD_PLATFORM),
    ):
        world.fleet.add(name=name, zone=ZONE, pool=pool, service_account=account, scopes=(scope,))
    await world.fleet.power_on()
    await world.admin.create("namespaces", workloads.namespace(NAMESPACE))
    await world.admin.create("serviceaccounts", _account("plain"))
    await world.admin.create("serviceaccounts", _account("ocr", {"iam.gke.io/gcp-service-account": WORKLOAD}))
    await world.admin.create("secrets", _secret())


async def pods(stage: Stage) -> None:
    """On nodes of which two are stale: a plugin without a fitting scope has nothing better to show either."""
    for name in (STALE, NARROW):
        stage.world.fleet[name].make_stale()
    await _come(stage, FAILING)


async def ail_again(stage: Stage, more: Mapping[str, tuple[str, str]] = MappingProxyType({})) -> None:
    """After somebody has healed the stale node: its pods are others. `more` are there beside the ten."""
    stage.world.fleet[STALE].make_stale()
    failing = {name: each for name, each in FAILING.items() if each[0] == STALE} | dict(more)
    for name in (*failing, *RUNNING):
        await stage.world.admin.delete("pods", name, NAMESPACE, grace=0)
    await stage.until(lambda: not _pods(stage, (*failing, *RUNNING)), "their pods to be gone")
    await _come(stage, failing)


async def _come(stage: Stage, failing: Mapping[str, tuple[str, str]]) -> None:
    """What pulls does so after the others have failed."""
    create = stage.world.admin.create
    for name, (node, image) in failing.items():
        await create("pods", pod(name, node, image))
    await stage.until(lambda: all(fails(stage, name) for name in failing), f"{len(failing)} pods without their image")
    await stage.until(lambda: times.seconds(times.now()) > _began(stage), "another second: the API tells no finer time")
    for name, (node, image) in RUNNING.items():
        await create("pods", pod(name, node, image))
    await stage.until(lambda: sum(map(is_ready, _pods(stage, RUNNING))) == len(RUNNING), "one pod that is READY")


def fails(stage: Stage, name: str) -> bool:
    """Whether the pod lacks its image, by its own status."""
    return any(
        "waiting" in (each.get("state") or {}) and "Pull" in each["state"]["waiting"].get("reason", "")
        for found in _pods(stage, (name,))
        for each in (found.get("status") or {}).get("containerStatuses") or ()
    )


def _began(stage: Stage) -> str:
    """When the last of the nine started."""
    return max(str(each["status"]["startTime"]) for each in _pods(stage, FAILING))


def pod(name: str, node: str, image: str) -> Object:
    spec: Object = {
        "nodeName": node,
        "containers": [{"name": "worker", "image": image, "imagePullPolicy": "Always"}],
        "serviceAccountName": "ocr" if name == "workload-grant" else "plain",
        "terminationGracePeriodSeconds": 0,
    }
    if name == "expired-secret":
        spec["imagePullSecrets"] = [{"name": "regcred"}]
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"namespace": NAMESPACE, "name": name, "labels": {"app": name}},
        "spec": spec,
    }


def _pods(stage: Stage, names: Collection[str]) -> list[Object]:
    return [each for each in stage.world.view.list("pods", NAMESPACE) if each["metadata"]["name"] in names]


def _account(name: str, annotations: dict[str, str] | None = None) -> Object:
    metadata = {"namespace": NAMESPACE, "name": name, "annotations": annotations or {}}
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}


def _secret() -> Object:
    entry = {"auth": base64.b64encode(b"_json_key:expired").decode()}
    content = json.dumps({"auths": {deployment.REGISTRY_HOST: entry}})
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"namespace": NAMESPACE, "name": "regcred"},
        "type": "kubernetes.io/dockerconfigjson",
        "data": {".dockerconfigjson": base64.b64encode(content.encode()).decode()},
    }
