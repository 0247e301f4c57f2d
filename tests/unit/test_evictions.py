"""What `kubectl drain --ignore-daemonsets --delete-emptydir-data` decides; budgets as the Eviction API judges them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions import evictions
from functions.evictions import CORDON_KNOWN_AFTER, Consents, Facts, Fate
from functions.model.cluster import Pod
from functions.model.placement import Requirement
from tests.unit.make import REMEDY, T0, budget, owner, pod

BARE = Consents(bare_pods=True)
DATA = Consents(local_storage=True)
NONE = Consents()


@pytest.mark.parametrize(
    "fields, consents, fate, words",
    [
        pytest.param({}, NONE, Fate.EVICT, "", id="controlled-pod"),
        pytest.param(
            {"owner": owner("DaemonSet", "agent")}, NONE, Fate.LEAVE, "DaemonSet prod-app/agent", id="daemon-set-pod"
        ),
        pytest.param(
            {"owner": owner("DaemonSet", "gone")}, NONE, Fate.REFUSE, "deleteBarePods", id="orphaned-daemon-set-pod"
        ),
        pytest.param(
            {"owner": owner("DaemonSet", "gone")}, BARE, Fate.EVICT, "", id="orphaned-daemon-set-pod-with-consent"
        ),
        pytest.param(
            {"owner": owner("DaemonSet", "agent"), "phase": "Succeeded"},
            NONE,
            Fate.EVICT,
            "",
            id="finished-daemon-set-pod",
        ),
        pytest.param(
            {"annotations": {"kubernetes.io/config.mirror": "x"}, "owner": None},
            NONE,
            Fate.LEAVE,
            "static",
            id="mirror-pod",
        ),
        pytest.param({"owner": None}, NONE, Fate.REFUSE, "deleteBarePods", id="bare-pod"),
        pytest.param({"owner": None}, BARE, Fate.EVICT, "", id="bare-pod-with-consent"),
        pytest.param({"owner": None, "phase": "Failed"}, NONE, Fate.EVICT, "", id="finished-bare-pod"),
        pytest.param({"local_volumes": ("cache",)}, NONE, Fate.REFUSE, "cache", id="local-data"),
        pytest.param({"local_volumes": ("cache",)}, DATA, Fate.EVICT, "", id="local-data-with-consent"),
        pytest.param(
            {"local_volumes": ("cache",), "owner": None},
            DATA,
            Fate.REFUSE,
            "no controller",
            id="consent-to-data-is-none-to-bare",
        ),
        pytest.param({"local_volumes": ("cache",)}, BARE, Fate.REFUSE, "cache", id="consent-to-bare-is-none-to-data"),
        pytest.param(
            {"owner": owner("Job", "batch"), "phase": "Succeeded", "local_volumes": ("tmp",)},
            NONE,
            Fate.EVICT,
            "",
            id="finished-job",
        ),
        pytest.param(
            {"owner": owner("DaemonSet", "agent", api_version="apps.kruise.io/v1alpha1")},
            NONE,
            Fate.EVICT,
            "",
            id="daemon-set-pod-of-another-api-group",
        ),
        pytest.param({"deleting_since": T0}, NONE, Fate.AWAIT, "terminating", id="terminating"),
        pytest.param(
            {"deleting_since": T0, "owner": owner("DaemonSet", "agent")},
            NONE,
            Fate.LEAVE,
            "DaemonSet prod-app/agent",
            id="terminating-daemon-set-pod",
        ),
        pytest.param(
            {"deleting_since": T0, "owner": owner("DaemonSet", "gone")},
            NONE,
            Fate.AWAIT,
            "terminating",
            id="terminating-orphan",
        ),
        pytest.param(
            {"deleting_since": T0, "annotations": {"kubernetes.io/config.mirror": "x"}},
            NONE,
            Fate.LEAVE,
            "static",
            id="terminating-mirror-pod",
        ),
        pytest.param({"deleting_since": T0 - timedelta(seconds=61)}, NONE, Fate.LEAVE, "stuck", id="stuck-terminating"),
        pytest.param({"deleting_since": T0, "owner": None}, NONE, Fate.AWAIT, "terminating", id="terminating-bare-pod"),
        pytest.param(
            {"namespace": "repull", "labels": {"repull.dev/probe": "access"}, "owner": None},
            NONE,
            Fate.LEAVE,
            "probe",
            id="probe-of-ours",
        ),
        pytest.param({"labels": {"repull.dev/probe": "access"}}, NONE, Fate.EVICT, "", id="somebody-uses-our-label"),
        pytest.param({"phase": "Pending", "ready": False}, NONE, Fate.EVICT, "", id="pending-pod"),
    ],
)
def test_fate(fields: dict[str, Any], consents: Consents, fate: Fate, words: str) -> None:
    """Each kind of pod has one fate, and a refusal names the consent that would change it."""
    facts = Facts(consents=consents, daemon_sets=frozenset({"prod-app/agent"}), now=T0)

    planned = evictions.plan_pod(pod(**fields), facts)

    assert planned.fate is fate
    assert words in planned.reason
    assert fate is not Fate.REFUSE or REMEDY.search(planned.reason), planned.reason


@pytest.mark.parametrize(
    "fields, defies",
    [
        pytest.param({}, False, id="was-there-before"),
        pytest.param({"created": T0 + CORDON_KNOWN_AFTER}, False, id="raced-with-the-cordon"),
        pytest.param({"created": T0 + timedelta(seconds=6)}, True, id="put-there-since"),
        pytest.param({"created": T0 + timedelta(seconds=6), "phase": "Failed"}, False, id="has-finished"),
        pytest.param(
            {"created": T0 + timedelta(seconds=6), "owner": owner("DaemonSet", "agent")}, False, id="daemon-set-pod"
        ),
    ],
)
def test_pods_that_defy_the_cordon(fields: dict[str, Any], defies: bool) -> None:  # noqa: FBT001 - a column of the table
    """To evict them for ever would not empty the node."""
    facts = Facts(consents=NONE, daemon_sets=frozenset({"prod-app/agent"}), now=T0)
    plans = evictions.plan((pod(**fields),), facts)

    assert bool(evictions.defying_cordon(plans, cordoned_at=T0)) == defies


def test_a_cordon_at_the_end_of_all_time_is_no_reason_to_fall_over() -> None:
    """When it was is written on the node, where its kubelet may write as well."""
    plans = evictions.plan((pod(),), Facts(consents=NONE, daemon_sets=frozenset(), now=T0))

    assert evictions.defying_cordon(plans, cordoned_at=datetime.max.replace(tzinfo=UTC)) == ()


@pytest.mark.parametrize(
    "subject, budgets, words",
    [
        pytest.param(pod(), (), "", id="no-budget"),
        pytest.param(pod(), (budget(disruptions_allowed=1, current_healthy=3, expected_pods=3),), "", id="allows-one"),
        pytest.param(
            pod(),
            (budget(),),
            "PodDisruptionBudget prod-app/web can never allow a disruption of pod prod-app/p1",
            id="never",
        ),
        pytest.param(pod(), (budget(current_healthy=1, desired_healthy=2, expected_pods=3),), "", id="may-recover"),
        pytest.param(
            pod(), (budget(selector=(Requirement(key="app", operator="In", values=("db",)),)),), "", id="other-pods"
        ),
        pytest.param(
            pod(),
            (budget(current_healthy=3, desired_healthy=4, expected_pods=4),),
            "wants 4 of 4 pods healthy, and 3 are",
            id="wants-all-while-one-is-unhealthy",
        ),
        pytest.param(pod(), (budget(namespace="elsewhere"),), "", id="other-namespace"),
        pytest.param(pod(), (budget(selector=()),), "can never allow", id="empty-selector-selects-all"),
        pytest.param(pod(), (budget(disruptions_allowed=1), budget(name="second")), "more than one", id="two-budgets"),
        pytest.param(
            pod(),
            (budget(current_healthy=2, desired_healthy=0, expected_pods=0),),
            "its pods have none; give minAvailable as a number",
            id="counts-by-controllers-that-there-are-not",
        ),
        pytest.param(pod(), (budget(current_healthy=0, desired_healthy=0, expected_pods=0),), "", id="not-counted-yet"),
        pytest.param(
            pod(),
            (budget(current_healthy=0, desired_healthy=0, expected_pods=0, uncounted="fleets: no scale"),),
            "can't be counted (fleets: no scale)",
            id="can't-be-counted",
        ),
        pytest.param(
            pod(ready=False),
            (budget(uncounted="fleets: no scale", always_evict_unhealthy=True),),
            "",
            id="unready-pod-always-though-it-can't-be-counted",
        ),
        pytest.param(pod(ready=False), (budget(),), "", id="unready-pod-while-healthy-suffice"),
        pytest.param(
            pod(ready=False), (budget(always_evict_unhealthy=True, desired_healthy=0),), "", id="unready-pod-always"
        ),
        pytest.param(
            pod(ready=False),
            (budget(current_healthy=1),),
            "it wants 2 of 2 pods healthy, and 1 are",
            id="unready-pod-itself",
        ),
        pytest.param(pod(phase="Succeeded"), (budget(),), "", id="finished-pod"),
        pytest.param(pod(phase="Pending", ready=False), (budget(),), "", id="pending-pod"),
    ],
)
def test_budget_that_can_never_allow(subject: Pod, budgets: tuple[Any, ...], words: str) -> None:
    """Only what waiting can't change is refused beforehand, with pod and budget named."""
    refusal = evictions.budget_refusal(subject, budgets)

    assert words in refusal
    assert bool(words) == bool(refusal)
    assert not refusal or REMEDY.search(refusal), refusal
