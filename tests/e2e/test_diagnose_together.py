"""`repull diagnose` about a whole namespace: pods side by side that fail for reasons of their own, and for one."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import deployment
from sandbox.beds import LONE, LONER
from sandbox.objects.kinds import Object
from tests.e2e.caller import Caller, caller, grant, shown
from tests.e2e.checkups import account, names
from tests.e2e.scenery import IMAGE, NAMESPACE
from tests.e2e.ward import Ward, ward

MANY = 12
NO_TAG = f"{deployment.IMAGES}/worker:v9"
SHARED = ("get clusters", "head manifests", "troubleshoot iam")


@pytest.fixture(scope="module")
def opened() -> Iterator[Ward]:
    with ward() as found:
        grant(found.here)
        found.make("serviceaccounts", account("own", annotations={"iam.gke.io/enable-wi-image-pull": "true"}))
        found.make("serviceaccounts", account("plain"))
        yield found


@pytest.fixture
def sre(opened: Ward, tmp_path: Path) -> Iterator[Caller]:
    with caller(opened.here, tmp_path) as found:
        yield found
    opened.clear()


def on(opened: Ward, **spec: Any) -> str:
    """One more pod that its node denies; its account has no grant."""
    made: Object = opened.admit(node=LONE, **{"serviceAccountName": "plain"} | spec)
    return f"{NAMESPACE}/{made['metadata']['name']}"


def diagnosed(sre: Caller, *what: str) -> list[dict[str, Any]]:
    done = sre.run("diagnose", *what, "-o", "json")
    assert (done.returncode, done.stderr) == (3, ""), shown(done)
    found: list[dict[str, Any]] = json.loads(done.stdout)["diagnoses"]
    return found


@pytest.mark.parametrize("what", [("-n", NAMESPACE), ("-A",)], ids=["namespace", "cluster"])
def test_a_pod_s_own_reason_is_told_beside_the_one_that_others_share(
    opened: Ward, sre: Caller, what: tuple[str, ...]
) -> None:
    """All of them are denied, on nodes of one account, for one repository."""
    denied = [on(opened), on(opened)]
    own = {
        on(opened, **names("nonesuch")): "PULL_SECRET_IN_USE",
        on(opened, image=NO_TAG): "IMAGE_MISSING",
        on(opened, image=f"{deployment.IMAGES}/arm:v1"): "PLATFORM_MISMATCH",
        on(opened, serviceAccountName="own"): "WORKLOAD_IDENTITY_PULL",
    }
    denied.append(on(opened))

    found = diagnosed(sre, *what)

    told = {pod: each["kind"] for each in found for pod in each["pods"]}
    assert told == own | dict.fromkeys(denied, "GRANT_MISSING")
    assert [each["pods"] for each in found if len(each["pods"]) > 1] == [sorted(denied)]
    alone = {pod: diagnosed(sre, pod.rpartition("/")[2], "-n", NAMESPACE)[0]["kind"] for pod in own}
    assert alone == own


def test_a_pod_that_is_not_scheduled_has_not_recovered(opened: Ward, sre: Caller) -> None:
    made = opened.admit(node="", nodeSelector={"no": "where"}, status={"containerStatuses": []})
    done = sre.run("diagnose", made["metadata"]["name"], "-n", NAMESPACE)

    assert (done.returncode, done.stderr, done.stdout.split()[1]) == (4, "", "NOT_TRIED"), shown(done)
    assert f"\n     kubectl describe pod {made['metadata']['name']} --namespace={NAMESPACE}\n" in done.stdout


def test_what_many_pods_share_is_asked_once(opened: Ward, sre: Caller) -> None:
    pods, before = [on(opened) for _ in range(MANY)], len(sre.calls())

    (found,) = diagnosed(sre, "-n", NAMESPACE)

    assert (found["kind"], found["account"], found["pods"]) == ("GRANT_MISSING", LONER, sorted(pods))
    reads = Counter(f"{call.verb} {call.resource}" for call in sre.calls()[before:])
    assert {read: reads[read] for read in SHARED} == dict.fromkeys(SHARED, 1)
    assert (reads["get pods"], reads["get nodes"], reads["get instances"], reads["get serviceaccounts"]) == (0, 1, 1, 1)


def test_each_name_that_is_no_images_is_told(opened: Ward, sre: Caller) -> None:
    names_of = [f"{deployment.REGISTRY_HOST}/acme", "Apps:v1:v2", "apps@sha256:1"]
    pods = {on(opened, image=image): image for image in names_of}

    found = diagnosed(sre, "-n", NAMESPACE)

    assert {each["pods"][0]: (each["kind"], each["cause"]) for each in found} == dict.fromkeys(
        pods, ("NOT_A_CREDENTIAL", "invalid_name")
    )
    assert [image for each in found if (image := pods[each["pods"][0]]) not in each["checks"][-1]["evidence"]] == []


def test_one_missing_permission_is_told_once(opened: Ward, sre: Caller) -> None:
    pods = [on(opened, serviceAccountName=name) for name in ("plain", "default", "plain")]
    opened.fault(api="compute", user=sre.email, resource="instances", status=403)
    opened.fault(api="container", user=sre.email, resource="clusters", status=403)

    done = sre.run("diagnose", "-n", NAMESPACE, "-o", "json")

    assert done.returncode == 4, shown(done)
    (found,) = json.loads(done.stdout)["diagnoses"]
    assert (found["kind"], found["pods"]) == ("UNKNOWN", sorted(pods))


@pytest.mark.parametrize("status", [403, 500])
def test_where_the_kubelets_events_can_not_be_read_the_others_are_told(opened: Ward, sre: Caller, status: int) -> None:
    denied = on(opened)
    silent = on(opened, message=f'Back-off pulling image "{IMAGE}"')
    opened.fault(api="kubernetes", user=sre.email, resource="events", status=status)

    told = {each["pods"][0]: each for each in diagnosed(sre, "-n", NAMESPACE)}

    assert {pod: each["kind"] for pod, each in told.items()} == {denied: "GRANT_MISSING", silent: "UNKNOWN"}
    assert told[silent]["cause"] == ""
    asked = [each["evidence"] for each in told[silent]["checks"] if each["check"] in ("message", "asked in vain")]
    assert asked[0] == "neither the pod's status nor an event tells a cause"
    assert asked[1].startswith(f"list events: {status}")


def test_after_fifty_reasons_it_stops_and_says_so(opened: Ward, sre: Caller) -> None:
    for number in range(52):
        on(opened, image=f"{deployment.IMAGES}/worker:none-{number}", message="not found")

    page, data = sre.run("diagnose", "-n", NAMESPACE), sre.run("diagnose", "-n", NAMESPACE, "-o", "json")

    assert page.stdout.endswith("\n\n2 more pods were not looked at: look at one deployment or node at a time.\n")
    told = json.loads(data.stdout)
    assert (len(told["diagnoses"]), told["not_looked_at"]) == (50, 2)
