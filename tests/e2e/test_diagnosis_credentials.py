"""Each cause that may be a credential's, and each thing besides the node that may be behind it: no node is blamed.

All else accuses the node: another one of the same account has pulled from the repository since. That the same message
does open a refresh where nothing else is wrong, the last test sees.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from functions.bystanders import WORKLOAD_ACCOUNT
from sandbox import deployment
from sandbox.beds import BARRED, HERE, LONE, LONER, NARROW, THERE
from tests.e2e.checkups import account, names, pulled
from tests.e2e.samples import CREDENTIALS, sample
from tests.e2e.scenery import IMAGE
from tests.e2e.ward import Diagnosed, Ward, nothing_was_done, ward

WORKLOAD = f"worker@{deployment.PROJECT}.iam.gserviceaccount.com"
AS_IN_PRODUCTION = {"REPULL_PROPAGATION_SECONDS": "600"}
PROVEN = pulled(THERE)


def granted_to_the_workload(opened: Ward) -> None:
    opened.world.policies.grant(f"serviceAccount:{WORKLOAD}", deployment.READER, deployment.REPOSITORY)
    opened.make("serviceaccounts", account("worker", annotations={WORKLOAD_ACCOUNT: WORKLOAD}))


@dataclass(frozen=True, kw_only=True, slots=True)
class Situation:
    """What is wrong, the verdict, and the check that settles it."""

    kind: str
    check: str
    pod: Mapping[str, Any] = field(default_factory=dict)
    prepare: Callable[[Ward], object] = PROVEN


SITUATIONS = {
    "grant-missing": Situation(kind="GRANT_MISSING", check="access", pod={"node": LONE}),
    "granted-to-the-workload-alone": Situation(
        kind="GRANT_MISSING", check="access", pod={"node": LONE, "serviceAccountName": "worker"}
    ),
    "denied-by-policy": Situation(kind="DENIED_BY_POLICY", check="access", pod={"node": BARRED}),
    "scopes-missing": Situation(kind="SCOPES_MISSING", check="scopes", pod={"node": NARROW}),
    "image-missing": Situation(kind="IMAGE_MISSING", check="image", pod={"image": f"{deployment.IMAGES}/worker:v9"}),
    "pull-secret": Situation(kind="PULL_SECRET_IN_USE", check="identity", pod=names("key")),
    "own-identity": Situation(kind="WORKLOAD_IDENTITY_PULL", check="identity", pod={"serviceAccountName": "federated"}),
    "propagating": Situation(kind="PROPAGATING", check="time", prepare=lambda _: None),
    "sibling-pulls-on-the-node": Situation(kind="RECOVERED", check="node", prepare=pulled(HERE)),
}


def told(opened: Ward, cause: str, pod: Mapping[str, Any]) -> Diagnosed:
    """By the event and by the pod's own status."""
    message = sample(cause, str(pod.get("image", IMAGE)))
    return opened.tell(opened.admit(message=message, **pod), message=message)


@pytest.fixture(scope="module")
def whole_ward() -> Iterator[Ward]:
    with ward(AS_IN_PRODUCTION) as found:
        granted_to_the_workload(found)
        own = {"iam.gke.io/enable-wi-image-pull": "true"}
        found.make("serviceaccounts", account("federated", annotations=own))
        yield found
        nothing_was_done(found)


@pytest.fixture
def opened(whole_ward: Ward) -> Iterator[Ward]:
    yield whole_ward
    whole_ward.clear()


@pytest.mark.parametrize("situation", SITUATIONS)
@pytest.mark.parametrize("cause", CREDENTIALS)
def test_a_credentials_cause_that_is_not_the_nodes(opened: Ward, cause: str, situation: str) -> None:
    case = SITUATIONS[situation]
    case.prepare(opened)
    found = told(opened, cause, case.pod)
    assert (found.kind, found.verdict["cause"], found.changes) == (case.kind, cause, [])
    assert found.check(case.check)[0] == "fail"


@pytest.mark.parametrize("cause", CREDENTIALS)
def test_that_the_workload_may_read_is_told_and_changes_nothing(opened: Ward, cause: str) -> None:
    found = told(opened, cause, SITUATIONS["granted-to-the-workload-alone"].pod)
    status, evidence = found.check("workload")
    assert status == "info"
    assert f"{WORKLOAD} may read the repository" in evidence
    assert f"--member=serviceAccount:{LONER}" in found.verdict["advice"]


def test_the_same_messages_blame_a_node_where_nothing_else_is_wrong() -> None:
    with ward(AS_IN_PRODUCTION) as opened:
        opened.run(opened.world.refresh.stop())  # that a renewal is asked for is what counts here
        for cause in CREDENTIALS:
            pulled(THERE)(opened)
            found = told(opened, cause, {})
            assert (found.kind, found.verdict["contrast"]) == ("STALE_CREDENTIALS", "proven")
            assert len(opened.refreshes()) == 1
            opened.clear()
