"""What controllers and kubelets know about objects."""

from typing import Any

import pytest

from sandbox.objects.conditions import with_condition
from sandbox.objects.quantities import requests, units
from sandbox.objects.selectors import matches, node_fits
from sandbox.objects.tolerations import stays_seconds, tolerates, untolerated

Object = dict[str, Any]

NOT_READY = {"key": "node.kubernetes.io/not-ready", "effect": "NoExecute"}
STALE = {"key": "repull.dev/stale", "value": "yes", "effect": "NoSchedule"}


@pytest.mark.parametrize(
    "resource, quantity, wanted",
    [
        ("cpu", "250m", 250),
        ("cpu", "1.5", 1500),
        ("cpu", 2, 2000),
        ("memory", "64Mi", 64 * 2**20),
        ("memory", "1G", 10**9),
        ("memory", "1e3", 1000),
        ("memory", "100m", 1),
        ("cpu", "0.1m", 1),
    ],
)
def test_quantities_are_counted_in_the_schedulers_units_rounded_up(resource: str, quantity: str, wanted: int) -> None:
    assert units(resource, quantity) == wanted


def test_a_pod_asks_for_its_containers_together_or_for_its_largest_init_container() -> None:
    def container(cpu: str, **limits: str) -> Object:
        return {"resources": {"requests": {"cpu": cpu}, "limits": limits}}

    spec = {"containers": [container("100m"), container("200m", memory="1Gi")], "initContainers": [container("250m")]}
    assert requests({"spec": spec}) == {"cpu": 300, "memory": 2**30}
    spec["initContainers"] = [container("1")]
    assert requests({"spec": spec})["cpu"] == 1000


@pytest.mark.parametrize(
    "toleration, taint, wanted",
    [
        ({"operator": "Exists"}, STALE, True),
        ({"operator": "Exists", "effect": "NoExecute"}, STALE, False),
        ({"key": "repull.dev/stale", "operator": "Exists"}, STALE, True),
        ({"key": "repull.dev/stale", "value": "yes"}, STALE, True),
        ({"key": "repull.dev/stale", "value": "no"}, STALE, False),
        ({"key": "repull.dev/stale"}, STALE, False),
        ({"key": "other", "operator": "Exists"}, STALE, False),
        ({"value": "yes"}, STALE, False),
    ],
)
def test_tolerations(toleration: Object, taint: Object, wanted: bool) -> None:  # noqa: FBT001 - a column of the table
    assert tolerates(toleration, taint) is wanted


def test_only_effects_that_are_asked_for_count() -> None:
    assert list(untolerated([STALE, NOT_READY], [], ("NoExecute",))) == [NOT_READY]


@pytest.mark.parametrize(
    "tolerations, wanted",
    [
        ([], 0),
        ([{"operator": "Exists"}], None),
        ([{"operator": "Exists", "tolerationSeconds": 300}], 300),
        ([{"operator": "Exists"}, {"operator": "Exists", "tolerationSeconds": 30}], 30),
        ([{"operator": "Exists", "tolerationSeconds": -1}], 0),
    ],
)
def test_how_long_a_pod_stays(tolerations: list[Object], wanted: float | None) -> None:
    assert stays_seconds({"spec": {"tolerations": tolerations}}, NOT_READY) == wanted


@pytest.mark.parametrize(
    "selector, wanted",
    [
        (None, False),
        ({}, True),
        ({"matchLabels": {"app": "ocr"}}, True),
        ({"matchLabels": {"app": "other"}}, False),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["ocr", "diff"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["ocr"]}]}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "NotIn", "values": ["a"]}]}, True),
        ({"matchExpressions": [{"key": "tier", "operator": "Exists"}]}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}, True),
    ],
)
def test_label_selectors(selector: Object | None, wanted: bool) -> None:  # noqa: FBT001 - a column of the table
    assert matches(selector, {"app": "ocr"}) is wanted


def test_a_selector_that_is_not_modelled_is_not_guessed() -> None:
    with pytest.raises(NotImplementedError, match="Gt"):
        matches({"matchExpressions": [{"key": "a", "operator": "Gt", "values": ["1"]}]}, {"a": "2"})


def test_affinity_terms_are_alternatives_and_a_terms_requirements_are_not() -> None:
    node = {"metadata": {"name": "node-1", "labels": {"zone": "a"}}}
    here = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["node-1"]}]}
    elsewhere = {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["b"]}]}

    def pod(*terms: Object) -> Object:
        required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": list(terms)}}
        return {"spec": {"affinity": {"nodeAffinity": required}}}

    assert node_fits(pod(elsewhere, here), node)
    assert not node_fits(pod({**here, **elsewhere}), node)


def test_a_conditions_time_moves_only_with_its_status() -> None:
    (first,) = with_condition([], "Ready", "False", reason="A")
    first["lastTransitionTime"] = "2026-01-01T00:00:00Z"
    (same,) = with_condition([first], "Ready", "False", reason="B")
    assert (same["lastTransitionTime"], same["reason"]) == ("2026-01-01T00:00:00Z", "B")
    (moved,) = with_condition([same], "Ready", "True")
    assert moved["lastTransitionTime"] != "2026-01-01T00:00:00Z"
    assert "reason" not in moved
