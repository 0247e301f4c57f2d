"""One pod, one decision: kubectl's filters and ours look at the same pod and say the same, or a declared difference.

Every pod has a node of its own, so that one `kubectl drain --dry-run` decides many pods one by one. The API server is
simulated, because nothing in it may act on a pod: a real garbage collector takes a pod whose DaemonSet is gone away
at once, and this is about what is decided before that.
"""

import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions import evictions
from functions.adapters.tokens import Tokens
from functions.evictions import STUCK_AFTER, Consents, Facts, Fate
from functions.ownership import NAMESPACE, PROBE
from functions.ports import Cluster
from sandbox.books import Books
from sandbox.faults import Faults
from sandbox.identities import Identities
from sandbox.kube import KubeApi, certificates, kubeconfig
from sandbox.real.binaries import Binaries
from sandbox.serving import serve
from tests.background import Background
from tests.contract.adapters.product import Issued, adapters
from tests.contract.drain.differences import Difference
from tests.contract.drain.pods import MIRROR, OWNERLESS, Object, Owner, Shape, Volume, reference
from tests.contract.drain.profiles import generating

pytestmark = pytest.mark.ring2  # for its kubectl, which is of the version that the rules were written after

T = TypeVar("T")

GRACE = timedelta(seconds=30)  # a pod's own, where it says nothing
AT_ONCE = 7
"""Pods that one kubectl decides about: it makes at most ten requests before it slows itself down to five a second."""


class Going(StrEnum):
    """Whether the pod is being deleted, and for how long."""

    NO = "no"
    ABOUT_TO = "about-to"
    OVERDUE = "overdue"


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """A pod to decide about."""

    owner: Owner
    phase: str
    shape: Shape
    going: Going
    namespace: str
    probe: bool

    @property
    def kept(self) -> bool:
        """Whether both leave it for what manages it, even where it is going."""
        return self.owner is Owner.NODE or (
            self.owner is Owner.DAEMON_SET and self.phase not in ("Succeeded", "Failed")
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Flags:
    force: bool
    delete_data: bool

    @property
    def written(self) -> tuple[str, ...]:
        given = (("--force", self.force), ("--delete-emptydir-data", self.delete_data))
        return tuple(flag for flag, is_given in given if is_given)

    @property
    def consents(self) -> Consents:
        return Consents(bare_pods=self.force, local_storage=self.delete_data)


def subjects() -> st.SearchStrategy[Subject]:
    return st.builds(
        Subject,
        owner=st.sampled_from(Owner),
        phase=st.sampled_from(("Running", "Pending", "Succeeded", "Failed", "Unknown")),
        shape=st.builds(Shape, volumes=st.frozensets(st.sampled_from(Volume)), init_container=st.booleans()),
        going=st.sampled_from((Going.NO, Going.NO, *Going)),
        namespace=st.sampled_from(("default", "default", NAMESPACE)),
        probe=st.sampled_from((False, False, False, True)),
    )


class Server:
    """A simulated API server without controllers, and both who look at it."""

    def __init__(self, background: Background, kube: KubeApi, config: Path, cluster: Cluster) -> None:
        self._background = background
        self._kube = kube
        self._kubectl = (str(Binaries.path("kubectl")), f"--kubeconfig={config}")
        self._cluster = cluster
        self._numbers = count()
        for namespace in ("default", NAMESPACE):
            if namespace != "default":
                self._do(lambda: self._kube.store.create("namespaces", {"metadata": {"name": NAMESPACE}}))
            self._do(lambda where=namespace: self._kube.store.create("daemonsets", _daemon_set(), where))  # type: ignore[misc]  # mypy can't infer a lambda with a default

    def decide(self, chosen: list[Subject], flags: Flags) -> list[tuple[str, Fate]]:
        """What kubectl says of each, and what we say."""
        batch = f"batch-{next(self._numbers)}"
        names = [f"{batch}-{number}" for number in range(len(chosen))]
        for name, subject in zip(names, chosen, strict=True):
            self._do(lambda name=name, subject=subject: self._create(batch, name, subject))  # type: ignore[misc]  # as above
        theirs = self._theirs(batch, flags)
        return [(theirs(name), self._ours(name, subject, flags)) for name, subject in zip(names, chosen, strict=True)]

    def _create(self, batch: str, name: str, subject: Subject) -> None:
        store = self._kube.store
        store.create("nodes", {"metadata": {"name": name, "labels": {"batch": batch}}})
        store.create("pods", _pod(name, subject), subject.namespace)
        if subject.going is not Going.NO:
            store.delete("pods", name, subject.namespace)

    def _theirs(self, batch: str, flags: Flags) -> Callable[[str], str]:
        command = (
            *self._kubectl,
            "drain",
            f"--selector=batch={batch}",
            "--dry-run=client",
            "--ignore-daemonsets",
            *flags.written,
        )
        done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
        assert "cordoned (dry run)" in done.stdout, done.stderr
        evicted = set(re.findall(r"^evicting pod \S+?/(\S+) \(dry run\)$", done.stdout, re.MULTILINE))
        refused = set(re.findall(r'unable to drain node "(\S+)" due to error: cannot delete', done.stderr))
        return lambda name: "evict" if name in evicted else "refuse" if name in refused else "leave"

    def _ours(self, name: str, subject: Subject, flags: Flags) -> Fate:
        (pod,) = self._cluster.pods.on_node(name)
        owner = pod.owner
        exists = owner is not None and self._cluster.workloads.daemon_set_exists(pod.namespace, owner.name)
        now = datetime.now(UTC)
        facts = Facts(
            consents=flags.consents,
            daemon_sets=frozenset({f"{pod.namespace}/{owner.name}"}) if owner and exists else frozenset(),
            now=now + GRACE + STUCK_AFTER if subject.going is Going.OVERDUE else now,
        )
        return evictions.plan_pod(pod, facts).fate

    def _do(self, work: Callable[[], T]) -> T:
        """Something with the store, in the event loop's own thread."""

        async def there() -> T:
            return work()

        return self._background.run(there())


def _daemon_set() -> Object:
    labels = {"app": "agent"}
    template = {"metadata": {"labels": labels}, "spec": Shape().spec()}
    return {"metadata": {"name": "agent"}, "spec": {"selector": {"matchLabels": labels}, "template": template}}


def _pod(name: str, subject: Subject) -> Object:
    owner = "gone" if subject.owner is Owner.DAEMON_SET_GONE else "agent"
    metadata: dict[str, Any] = {"name": name, "labels": {PROBE: "access"} if subject.probe else {}}
    if subject.owner not in OWNERLESS:
        metadata["ownerReferences"] = [reference(subject.owner, name=owner, uid="some-uid")]
    if subject.going is not Going.NO:
        metadata["finalizers"] = ["acme.example/held"]  # else one that has finished would be gone at once
    if subject.owner is Owner.NODE:
        metadata["annotations"] = {MIRROR: "checksum"}
    return {
        "metadata": metadata,
        "spec": subject.shape.spec() | {"nodeName": name},
        "status": {"phase": subject.phase},
    }


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("decisions")
    certificate = certificates.issue(folder)
    identities = Identities()
    kube = KubeApi(identities=identities, books=Books(), faults=Faults())
    with Background() as background:
        served = background.run(serve(kube.app, certificate=certificate))
        config = kubeconfig.write(folder / "config", url=served.url, ca=certificate.ca, token=kube.admin_token)
        api, cluster = adapters(url=served.url, ca=certificate.ca, tokens=Tokens(Issued(identities)))
        yield Server(background, kube, config, cluster)
        api.close()
        background.run(served.stop())


SAME = {("evict", Fate.EVICT), ("leave", Fate.LEAVE), ("refuse", Fate.REFUSE)}


def declared(subject: Subject, theirs: str, ours: Fate) -> Difference | None:
    """Which declared difference this is."""
    if subject.probe and subject.namespace == NAMESPACE:
        return Difference.PROBES if ours is Fate.LEAVE else None
    if subject.going is Going.NO or subject.kept or theirs == "leave":
        return None
    wanted = {Going.ABOUT_TO: (Fate.AWAIT, Difference.GOING), Going.OVERDUE: (Fate.LEAVE, Difference.STUCK)}
    fate, difference = wanted[subject.going]
    return difference if ours is fate else None


@generating(fixed=80)
@given(
    st.lists(subjects(), min_size=4, max_size=AT_ONCE), st.builds(Flags, force=st.booleans(), delete_data=st.booleans())
)
def test_one_pod_one_decision(server: Server, chosen: list[Subject], flags: Flags) -> None:
    """With and without --force and --delete-emptydir-data, which are our two consents."""
    wrong = [
        f"{subject} with {flags}: kubectl would {theirs} it, we {ours}"
        for subject, (theirs, ours) in zip(chosen, server.decide(chosen, flags), strict=True)
        if (theirs, ours) not in SAME and not declared(subject, theirs, ours)
    ]
    assert not wrong, "\n".join(wrong)
