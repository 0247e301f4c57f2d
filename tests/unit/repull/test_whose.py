"""Whether a cluster is the one that somebody has named: by what it says itself, or by a machine in it."""

from typing import Any

import pytest

from functions.adapters.kube_resources import NAMESPACES, NODES
from functions.errors import NotFound, Refused, Retryable
from functions.model.names import ClusterKey
from repull.whose import doubt

KEY = ClusterKey.parse("acme-prod/us-central1/main")
WRITES = "which writes it into the annotation repull.dev/cluster of namespace repull"
SILENT = f"run make install CLUSTER={KEY} again, {WRITES}"
PLACEHOLDER = "PROJECT_ID/LOCATION/CLUSTER"


class Kube:
    """A cluster that says this of itself, and has one node."""

    def __init__(self, says: str | Exception, machine: str | Exception) -> None:
        self._says, self._machine = says, machine

    def get(self, resource: object, name: str) -> dict[str, Any] | None:
        assert (resource, name) == (NAMESPACES, "repull")
        if isinstance(self._says, Exception):
            raise self._says
        return {"metadata": {"annotations": {"repull.dev/cluster": self._says}}} if self._says else None

    def find(self, resource: object, *, most: int) -> list[dict[str, Any]]:
        assert (resource, most) == (NODES, 1)
        if isinstance(self._machine, Exception):
            raise self._machine
        return [{"spec": {"providerID": self._machine}}] if self._machine else []


@pytest.mark.parametrize(
    "says, machine, found",
    [
        pytest.param("acme-prod/us-central1/main", "gce://other/x-y1-z/n", "", id="says-so"),
        pytest.param("", "gce://acme-prod/us-central1-a/n", SILENT, id="says-nothing"),
        pytest.param(PLACEHOLDER, "", SILENT, id="nobody-filled-it-in"),
        pytest.param("", "kind://docker/kind/n", SILENT, id="not-a-machine-of-google"),
        pytest.param(Refused("403"), Refused("no nodes"), "403", id="no-right-to-look"),
        pytest.param(Refused("403"), NotFound("404"), "403", id="no-nodes"),
    ],
)
def test_what_says_that_it_is_the_one(says: Any, machine: Any, found: str) -> None:
    kube: Any = Kube(says, machine)

    assert doubt(kube, KEY, context="mine") == found


@pytest.mark.parametrize("says, machine", [(Retryable("503"), ""), ("", Retryable("503"))])
def test_a_cluster_that_gives_no_answer_says_nothing_about_itself(says: Any, machine: Any) -> None:
    kube: Any = Kube(says, machine)
    with pytest.raises(Retryable, match="503"):
        doubt(kube, KEY, context="mine")


@pytest.mark.parametrize(
    "says, machine, words",
    [
        pytest.param("acme-prod/us-central1/b", "", "cluster acme-prod/us-central1/b, not to", id="name"),
        pytest.param(
            "", "gce://acme-dev/us-central1-a/n", "machines of project acme-dev in us-central1-a", id="project"
        ),
        pytest.param("", "gce://acme-prod/europe-west1-b/n", "in europe-west1-b, which is not", id="region"),
    ],
)
def test_another_one_is_refused(says: str, machine: str, words: str) -> None:
    kube: Any = Kube(says, machine)
    with pytest.raises(Refused, match=f"context mine leads to .*{words}.*get-credentials main --location=us-central1"):
        doubt(kube, KEY, context="mine")


def test_a_zone_is_in_its_region() -> None:
    kube: Any = Kube("", "gce://acme-prod/us-central1-c/n")

    found = doubt(kube, ClusterKey.parse("acme-prod/us-central1-a/main"), context="mine")
    assert found == f"run make install CLUSTER=acme-prod/us-central1-a/main again, {WRITES}"
