"""What a probe's pod proves: only imageID proves a pull, only a credential cause denies, everything else is unknown."""

from typing import Any

import pytest

from functions import probe
from functions.model.cluster import Container, Owner, Pod
from functions.probe import Answer, ProbeKind
from tests.unit.make import IMAGE, pod

HOST = "us-central1-docker.pkg.dev"
REF = f"{HOST}/acme-prod/apps/ocr-worker"
PULLING = f'failed to pull and unpack image "{REF}:v2": failed to resolve image'
MANIFEST = f"{PULLING}: unexpected status from HEAD request to https://{HOST}/v2/acme-prod/apps/ocr-worker/manifests/v2"
STALE = f"{MANIFEST}: 401 Unauthorized"
TOKEN = (
    f"{PULLING}: failed to authorize: failed to fetch oauth token: "
    f"unexpected status from GET request to https://{HOST}/v2/token?scope=x: 401 Unauthorized"
)
FORBIDDEN = f"{MANIFEST}: 403 Forbidden"
MISSING = f"rpc error: code = NotFound desc = {PULLING}: {REF}@{probe.IMPOSSIBLE_DIGEST}: not found"
REFUSED = (
    f'{PULLING}: failed to do request: Head "https://{HOST}/v2/x": dial tcp 10.0.0.1:443: connect: connection refused'
)
LIMITED = f"{MANIFEST}: 429 Too Many Requests"
OWNER = Owner(api_version="repull.dev/v1alpha1", kind="NodeRefresh", name="r1", uid="uid-r1")
BOTH = (ProbeKind.ACCESS, ProbeKind.IMAGE)


def probed(waiting: str = "", *, reason: str = "ErrImagePull", **fields: Any) -> Pod:
    """A probe's pod; `waiting` is the container's waiting message."""
    container = Container(
        name="probe",
        image=str(IMAGE),
        pull_policy="Always",
        waiting_reason=reason if waiting else "",
        waiting_message=waiting,
    )
    return pod("probe-1", **({"phase": "Pending", "ready": False, "owner": None, "containers": (container,)} | fields))


def sent(**fields: Any) -> dict[str, Any]:
    return probe.manifest(ProbeKind.IMAGE, IMAGE, node="n1", of="uid-r1/0", seconds=60, **fields)


def pulled() -> Pod:
    container = Container(name="probe", image=str(IMAGE), image_id="sha256:1", terminated_reason="StartError")
    return probed(phase="Failed", containers=(container,))


@pytest.mark.parametrize(
    "kinds, subject, answer",
    [
        pytest.param(BOTH, pulled(), Answer.PASS, id="image-id-is-set"),
        pytest.param(BOTH, probed(STALE), Answer.DENIED, id="401-at-the-manifest"),
        pytest.param(BOTH, probed(TOKEN), Answer.DENIED, id="401-at-the-token"),
        pytest.param(BOTH, probed(FORBIDDEN), Answer.DENIED, id="403"),
        pytest.param(
            BOTH,
            probed(f'Back-off pulling image "{REF}:v2": ErrImagePull: {STALE}', reason="ImagePullBackOff"),
            Answer.DENIED,
            id="in-back-off",
        ),
        pytest.param((ProbeKind.ACCESS,), probed(MISSING), Answer.PASS, id="not-found-lets-us-look"),
        pytest.param((ProbeKind.IMAGE,), probed(MISSING), Answer.UNKNOWN, id="the-image-itself-is-missing"),
        pytest.param(BOTH, probed(REFUSED), Answer.UNKNOWN, id="registry-down"),
        pytest.param(BOTH, probed(LIMITED), Answer.UNKNOWN, id="throttled"),
        pytest.param(BOTH, probed(phase="Failed", reason="OutOfcpu"), Answer.UNKNOWN, id="rejected-by-the-kubelet"),
        pytest.param(
            BOTH,
            probed("must run as non-root", reason="CreateContainerConfigError"),
            Answer.UNKNOWN,
            id="misconfigured",
        ),
        pytest.param(
            BOTH,
            probed(f'Back-off pulling image "{REF}:v2"', reason="ImagePullBackOff"),
            None,
            id="back-off-without-a-cause",
        ),
        pytest.param(BOTH, probed(), None, id="not-looked-at-yet"),
        pytest.param(BOTH, probed("", reason="ContainerCreating"), None, id="still-pulling"),
    ],
)
def test_judge(kinds: tuple[ProbeKind, ...], subject: Pod, answer: Answer | None) -> None:
    """Each state of the pod has one meaning for each kind of probe."""
    for kind in kinds:
        judged = probe.judge(kind, subject)

        assert (judged.answer if judged else None) is answer
        assert judged is None or judged.evidence


def test_access_probe_downloads_nothing() -> None:
    """It asks the failing image's repository for a digest that can't exist."""
    assert probe.image_for(ProbeKind.ACCESS, IMAGE) == IMAGE.with_digest(probe.IMPOSSIBLE_DIGEST)
    assert probe.image_for(ProbeKind.IMAGE, IMAGE) == IMAGE


def test_manifest_is_bound_harmless_and_owned() -> None:
    """One node, always asked anew, nothing of the image runs, no secret, gone with its refresh or with its node."""
    spec = (made := sent(owner=OWNER))["spec"]
    (container,) = spec["containers"]

    assert (spec["nodeName"], container["imagePullPolicy"], container["command"]) == ("n1", "Always", [probe.COMMAND])
    assert spec["automountServiceAccountToken"] is False
    assert spec["tolerations"] == [{"operator": "Exists"}]
    assert made["metadata"]["ownerReferences"] == [
        {"apiVersion": "repull.dev/v1alpha1", "kind": "NodeRefresh", "name": "r1", "uid": "uid-r1"}
    ]
    assert made["metadata"]["annotations"] == {"cluster-autoscaler.kubernetes.io/safe-to-evict": "true"}
    assert sent()["metadata"]["ownerReferences"] == []


@pytest.mark.parametrize(
    "changes, words",
    [
        pytest.param({}, "", id="as-sent"),
        pytest.param({"image": "mirror.example/ocr-worker:v2"}, "changed the image", id="image"),
        pytest.param({"pull_policy": "IfNotPresent"}, "imagePullPolicy", id="policy"),
    ],
)
def test_tampering_with_the_container_is_named(changes: dict[str, Any], words: str) -> None:
    """A webhook that changes what is asked makes the answer worthless."""
    container = Container(**({"name": "probe", "image": str(IMAGE), "pull_policy": "Always"} | changes))

    found = probe.tampering(sent(), probed(containers=(container,)))

    assert words in found
    assert bool(words) == bool(found)


@pytest.mark.parametrize(
    "fields, words",
    [
        pytest.param({"pull_secrets": ("regcred",)}, "regcred", id="secrets"),
        pytest.param({"node": "n2"}, "n2", id="node"),
        pytest.param({"containers": ()}, "containers", id="containers"),
    ],
)
def test_tampering_with_the_pod_is_named(fields: dict[str, Any], words: str) -> None:
    """Secrets, another node, or more containers."""
    assert words in probe.tampering(sent(), probed(**fields))
