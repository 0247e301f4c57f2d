"""Every verb that the manifests grant is needed, and where it is missing the product says which one it is.

Each account for itself: what one of them may do does not help the other.
"""

import logging
import time
from pathlib import Path

import pytest

from functions.errors import Refused
from functions.ports import Cluster
from tests.contract.adapters.product import email
from tests.contract.rbac.jobs import JOBS, SCALING, Job
from tests.contract.rbac.manifest import Row, rows
from tests.contract.rbac.stage import Stage

_SECONDS = 90
ROWS = rows()
ALL = {**JOBS, **SCALING}


def key(row: Row) -> tuple[str, str, str]:
    return row.account, row.resource, row.verb


@pytest.fixture(autouse=True)
def _heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where an adapter only warns, the test reads the log."""
    monkeypatch.setattr(logging.getLogger("repull"), "propagate", True)


def complaint(job: Job, stage: Stage, account: str, caplog: pytest.LogCaptureFixture) -> str:
    """What the product says when it can't do the job; "" where it could."""
    caplog.clear()
    try:
        job(stage, stage.clusters[account])
    except Refused as refusal:
        return str(refusal)
    return caplog.text


def test_every_row_has_its_job() -> None:
    assert sorted(map(key, ROWS)) == sorted(ALL)


@pytest.mark.ring2
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_without_its_verb_a_job_fails_and_says_what_is_missing(
    stage: Stage, row: Row, caplog: pytest.LogCaptureFixture
) -> None:
    job = ALL[key(row)]
    assert complaint(job, stage, row.account, caplog) == ""

    with stage.without(row):
        said, end = complaint(job, stage, row.account, caplog), time.monotonic() + _SECONDS
        while not said and time.monotonic() < end:  # a watch may have ended before it was refused, on a busy machine
            said = complaint(job, stage, row.account, caplog)

    assert f'User "{email(row.account)}" cannot {row.verb} resource "{row.resource}"' in said
    assert (
        f'missing in RBAC: apiGroups: ["{row.group}"], resources: ["{row.resource}"], verbs: ["{row.verb}"]; '
        f"{remedy(row)}" in said
    )


def remedy(row: Row) -> str:
    if key(row) in SCALING:
        return "the refresh's account gets it by kubectl apply -f infra/cluster/optional/scale-workloads.yaml"
    return (
        "repull's own accounts get it by make install CLUSTER=PROJECT/LOCATION/NAME "
        "(by kubectl apply -k infra/cluster where its files are filled in)"
    )


@pytest.mark.ring2
def test_a_pull_secret_that_may_not_be_read_names_the_optional_role(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """That the role is enough is shown in tests/contract/adapters/test_workloads.py."""

    def read(_: Stage, cluster: Cluster) -> object:
        return cluster.workloads.pull_secret("default", "none")

    said = complaint(read, stage, "repull-diagnose", caplog)

    assert f'User "{email("repull-diagnose")}" cannot get resource "secrets"' in said
    named = "infra/cluster/optional/pull-secrets.yaml"
    assert f'missing in RBAC: apiGroups: [""], resources: ["secrets"], verbs: ["get"]; {named} lets' in said
    assert (Path(__file__).parents[3] / named).is_file()


@pytest.mark.ring2
@pytest.mark.parametrize(
    "account, verb, group, resource, namespace",
    [
        ("repull-diagnose", "patch", "", "nodes", ""),
        ("repull-diagnose", "create", "", "pods/eviction", "default"),
        ("repull-diagnose", "delete", "", "pods", "default"),
        ("repull-diagnose", "create", "", "pods", "repull"),
        ("repull-diagnose", "update", "repull.dev", "noderefreshes/status", ""),
        ("repull-diagnose", "get", "coordination.k8s.io", "leases", "repull"),
        ("repull-refresh", "create", "", "pods", "default"),
        ("repull-refresh", "update", "", "configmaps", "kube-system"),
        ("repull-refresh", "get", "", "configmaps", "default"),
        ("repull-refresh", "update", "coordination.k8s.io", "leases", "kube-node-lease"),
        ("repull-refresh", "update", "repull.dev", "noderefreshes", ""),
        ("repull-refresh", "delete", "", "nodes", ""),
        ("repull-refresh", "get", "", "secrets", "repull"),
        ("repull-refresh", "create", "", "pods/exec", "default"),
        ("repull-refresh", "update", "apps", "deployments", "default"),
        ("repull-refresh", "patch", "apps", "statefulsets", "default"),
        ("repull-refresh", "create", "", "serviceaccounts/token", "repull"),
    ],
)
def test_what_would_be_more_than_the_job_needs_is_refused(
    stage: Stage, *, account: str, verb: str, group: str, resource: str, namespace: str
) -> None:
    assert not stage.may(account, verb=verb, group=group, resource=resource, namespace=namespace)
