"""What a pod's spec asks of a node, translated."""

from typing import Any

import pytest

from functions.adapters.kube_placement import amount, needs
from functions.model.placement import Apart, NodeTerm, Requirement, Toleration


@pytest.mark.parametrize(
    "resource, quantity, expected",
    [
        ("cpu", "250m", 250),
        ("cpu", "2", 2000),
        ("cpu", "0.1", 100),
        ("cpu", "100u", 1),
        ("memory", "1Ki", 1024),
        ("memory", "1.5Gi", 3 * 2**29),
        ("memory", "1e3", 1000),
        ("memory", "1E", 10**18),
        ("memory", "100m", 1),
        ("nvidia.com/gpu", "1", 1),
    ],
)
def test_amounts_are_rounded_up(resource: str, quantity: str, expected: int) -> None:
    assert amount(resource, quantity) == expected


def container(cpu: str, **fields: Any) -> dict[str, Any]:
    return {"name": "c", "resources": {"requests": {"cpu": cpu}}, **fields}


SIDECAR = {"restartPolicy": "Always"}


@pytest.mark.parametrize(
    "spec, expected",
    [
        pytest.param({"containers": [container("1"), container("2")]}, 3000, id="containers-together"),
        pytest.param({"containers": [container("1")], "initContainers": [container("5")]}, 5000, id="a-large-start"),
        pytest.param(
            {"containers": [container("1")], "initContainers": [container("2"), container("2")]}, 2000, id="one-by-one"
        ),
        pytest.param(
            {"containers": [container("1")], "initContainers": [container("3", **SIDECAR)]}, 4000, id="a-sidecar"
        ),
        pytest.param(
            {"containers": [container("1")], "initContainers": [container("2", **SIDECAR), container("3")]},
            5000,
            id="a-start-beside-a-sidecar",
        ),
        pytest.param(
            {"containers": [container("1")], "initContainers": [container("3"), container("2", **SIDECAR)]},
            3000,
            id="a-start-before-a-sidecar",
        ),
        pytest.param({"containers": [container("1")], "overhead": {"cpu": "250m"}}, 1250, id="overhead"),
        pytest.param(
            {"containers": [container("1")], "resources": {"requests": {"cpu": "4"}}, "overhead": {"cpu": "1"}},
            5000,
            id="asked-for-the-pod",
        ),
    ],
)
def test_what_a_pod_asks_for(spec: dict[str, Any], expected: int) -> None:
    """As component-helpers' PodRequests adds it up."""
    assert needs(spec).requests == {"cpu": expected}


def test_where_a_pod_may_go() -> None:
    """Anti-affinities that labels in its own namespace don't tell are left out."""
    required = "requiredDuringSchedulingIgnoredDuringExecution"
    term = {"topologyKey": "zone", "labelSelector": {"matchLabels": {"app": "web"}}}
    found = needs(
        {
            "priority": 7,
            "preemptionPolicy": "Never",
            "schedulerName": "own",
            "nodeSelector": {"size": "big"},
            "tolerations": [{"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}, {"key": "a", "value": "b"}],
            "affinity": {
                "nodeAffinity": {
                    required: {
                        "nodeSelectorTerms": [
                            {"matchExpressions": [{"key": "cores", "operator": "Gt", "values": ["4"]}]},
                            {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n2"]}]},
                        ]
                    }
                },
                "podAntiAffinity": {
                    required: [
                        term,
                        term | {"namespaces": ["other"]},
                        term | {"namespaceSelector": {}},
                        term | {"matchLabelKeys": ["pod-template-hash"]},
                        {"topologyKey": "zone"},
                    ]
                },
            },
        }
    )

    assert (found.priority, found.preempts, found.scheduler, found.selector) == (7, False, "own", {"size": "big"})
    assert found.tolerations == (
        Toleration(key="gpu", operator="Exists", effect="NoSchedule"),
        Toleration(key="a", value="b"),
    )
    assert found.terms == (
        NodeTerm(labels=(Requirement(key="cores", operator="Gt", values=("4",)),)),
        NodeTerm(name=(Requirement(key="metadata.name", operator="In", values=("n2",)),)),
    )
    assert found.apart == (Apart(topology="zone", selector=(Requirement(key="app", operator="In", values=("web",)),)),)


def test_who_says_nothing_asks_for_nothing() -> None:
    found = needs({"containers": [{"name": "c"}]})

    assert (found.requests, found.priority, found.preempts, found.terms, found.apart) == ({}, 0, True, None, ())


@pytest.mark.parametrize(
    "operator, value, expected",
    [
        ("Gt", "8", True),
        ("Gt", "4", False),
        ("Lt", "3", True),
        ("Lt", "4", False),
        ("Gt", "many", False),
        ("Gt", None, False),
    ],
)
def test_labels_may_be_numbers(operator: str, value: str | None, expected: bool) -> None:  # noqa: FBT001 - a column
    labels = {} if value is None else {"cores": value}

    assert Requirement(key="cores", operator=operator, values=("4",)).matches(labels) == expected
