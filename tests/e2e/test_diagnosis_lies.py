"""One witness after the other lies: each time the node's credential is not the cause, and somebody says that it is.

Access must hold as long as in production. What renews nodes is at work here, and nobody asks it for anything.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from sandbox import deployment
from sandbox.beds import BARRED, HERE, LONE, LONER, NARROW, THERE, UNPOOLED
from sandbox.google.hierarchy import ORGANIZATION
from tests.e2e.checkups import failing, pulled, running
from tests.e2e.scenery import IMAGE
from tests.e2e.ward import DENIED, Diagnosed, Ward, nothing_was_done, said, ward


@dataclass(frozen=True, kw_only=True, slots=True)
class Lie:
    """`tell` plays it; the verdict, and why in words of the evidence."""

    tell: Callable[[Ward], Diagnosed]
    kind: str
    words: str


def granted_on_paper(opened: Ward) -> None:
    """Policies show a grant of which the services won't hear for an hour."""
    opened.world.policies.grant(f"serviceAccount:{LONER}", deployment.READER, deployment.REPOSITORY, after=3600)


def troubleshooter_says_granted(opened: Ward) -> Diagnosed:
    granted_on_paper(opened)
    return opened.tell(opened.admit(node=LONE))


def a_pull_by_a_secret_looks_like_proof(opened: Ward) -> Diagnosed:
    granted_on_paper(opened)
    opened.admit(
        node=LONE,
        containers=[{"name": "main", "image": IMAGE, "imagePullPolicy": "Always"}],
        imagePullSecrets=[{"name": "key"}],
        status={"phase": "Running", "containerStatuses": [said("main", running(seconds=60), imageID="x@sha256:1")]},
    )
    return opened.tell(opened.admit(node=LONE))


def an_image_on_the_disk_looks_like_proof(opened: Ward) -> Diagnosed:
    opened.admit(
        node=THERE,
        containers=[{"name": "main", "image": IMAGE, "imagePullPolicy": "IfNotPresent"}],
        status={"phase": "Running", "containerStatuses": [said("main", running(seconds=60), imageID="x@sha256:1")]},
    )
    return opened.tell(opened.admit())


def another_accounts_pull_looks_like_proof(opened: Ward) -> Diagnosed:
    granted_on_paper(opened)
    pulled(THERE)(opened)
    return opened.tell(opened.admit(node=LONE))


def a_forged_proof_for_an_account_without_a_grant(opened: Ward) -> Diagnosed:
    pulled(LONE)(opened)
    pulled(THERE)(opened)
    return opened.tell(opened.admit(node=LONE, state={"waiting": {"reason": "ErrImagePull", "message": DENIED}}))


def the_registry_has_it_and_the_node_gets_404(opened: Ward) -> Diagnosed:
    return opened.tell(opened.admit(message=f"rpc error: code = NotFound desc = {IMAGE}: not found"))


def the_registry_has_it_not_and_the_node_gets_403(opened: Ward) -> Diagnosed:
    failing("manifests", 404)(opened)
    return opened.tell(opened.admit())


def the_node_says_denied_and_has_pulled_meanwhile(opened: Ward) -> Diagnosed:
    pulled(HERE)(opened)
    return opened.tell(opened.admit())


def gke_tells_what_was_true_a_minute_ago(opened: Ward) -> Diagnosed:
    machine = opened.world.fleet[HERE]
    assert opened.tell(opened.admit()).kind == "PROPAGATING"  # and now GKE's answer is known for a minute
    machine.service_account = LONER
    try:
        return opened.tell(opened.admit())
    finally:
        machine.service_account = deployment.NODES


def the_troubleshooter_is_down_and_a_policy_is_silent(opened: Ward) -> Diagnosed:
    failing("", 503, api="troubleshooter")(opened)
    failing("organizations", 503, api="iam")(opened)
    return opened.tell(opened.admit(node=LONE))


def a_node_says_that_it_is_of_another_pool(opened: Ward) -> Diagnosed:
    return opened.tell(opened.admit(node=UNPOOLED))


def grants_are_right_and_scopes_are_not(opened: Ward) -> Diagnosed:
    pulled(THERE)(opened)
    return opened.tell(opened.admit(node=NARROW))


def a_grant_that_a_deny_policy_outweighs(opened: Ward) -> Diagnosed:
    return opened.tell(opened.admit(node=BARRED))


LIES = (
    Lie(tell=troubleshooter_says_granted, kind="PROPAGATING", words="600 s"),
    Lie(tell=a_pull_by_a_secret_looks_like_proof, kind="PROPAGATING", words="600 s"),
    Lie(tell=an_image_on_the_disk_looks_like_proof, kind="PROPAGATING", words="600 s"),
    Lie(tell=another_accounts_pull_looks_like_proof, kind="PROPAGATING", words="600 s"),
    Lie(tell=a_forged_proof_for_an_account_without_a_grant, kind="GRANT_MISSING", words="CANNOT_ACCESS"),
    Lie(tell=the_registry_has_it_and_the_node_gets_404, kind="IMAGE_MISSING", words="not found"),
    Lie(tell=the_registry_has_it_not_and_the_node_gets_403, kind="IMAGE_MISSING", words="404"),
    Lie(tell=the_node_says_denied_and_has_pulled_meanwhile, kind="RECOVERED", words="can pull again"),
    Lie(tell=gke_tells_what_was_true_a_minute_ago, kind="UNKNOWN", words=f"runs as {LONER}, and pool apps does not"),
    Lie(
        tell=the_troubleshooter_is_down_and_a_policy_is_silent,
        kind="UNKNOWN",
        words=f"the policy of {ORGANIZATION} can't be read",
    ),
    Lie(tell=a_node_says_that_it_is_of_another_pool, kind="UNKNOWN", words="does not have"),
    Lie(tell=grants_are_right_and_scopes_are_not, kind="SCOPES_MISSING", words="allows reading"),
    Lie(tell=a_grant_that_a_deny_policy_outweighs, kind="DENIED_BY_POLICY", words="forbids it"),
)


@pytest.fixture(scope="module")
def whole_ward() -> Iterator[Ward]:
    with ward({"REPULL_PROPAGATION_SECONDS": "600"}) as found:
        yield found
        nothing_was_done(found)


@pytest.fixture
def opened(whole_ward: Ward) -> Iterator[Ward]:
    yield whole_ward
    whole_ward.clear()
    whole_ward.world.policies.revoke(f"serviceAccount:{LONER}", deployment.READER, deployment.REPOSITORY)


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.tell.__name__)
def test_a_lie(opened: Ward, lie: Lie) -> None:
    found = lie.tell(opened)
    assert (found.kind, found.changes) == (lie.kind, [])
    assert lie.words in found.verdict["message"]
