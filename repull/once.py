"""What many pods share is asked for the first of them, and the answer told to all: a refusal and an outage as well.

So every pod can be judged by itself, and a thousand of one deployment cost little more than one.
"""

from collections.abc import Callable, Hashable
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from functions.errors import Refused, Retryable
from functions.model.cluster import Pod
from functions.model.google import GkeCluster
from functions.model.names import ClusterKey
from functions.ports import (
    Clock,
    Cluster,
    Gke,
    GrantLog,
    Iam,
    InquiryPorts,
    Instances,
    Nodes,
    Pods,
    Registry,
    Workloads,
)


def once(ports: InquiryPorts, key: ClusterKey, pods: tuple[Pod, ...]) -> InquiryPorts:
    """The same ports, whose answers are those of the moment in which they were first asked.

    `pods` were read just now. Time stands still as well, so that no answer is older than the time that is put to it.
    """
    cluster = ports.gke.connect(key)
    known: dict[Hashable, Any] = {(each.namespace, each.name): each for each in pods}
    frozen = replace(
        cluster,
        nodes=cast("Nodes", _Once(cluster.nodes)),
        pods=cast("Pods", _Once(cluster.pods, get=known)),
        workloads=cast("Workloads", _Once(cluster.workloads)),
    )
    return replace(
        ports,
        clock=_Moment(ports.clock),
        gke=_OneCluster(ports.gke, frozen),
        instances=cast("Instances", _Once(ports.instances)),
        registry=cast("Registry", _Once(ports.registry)),
        iam=cast("Iam", _Once(ports.iam)),
        grants=cast("GrantLog", _Once(ports.grants)),
    )


class _Once:
    """Any port: the same question is asked once. `known` has, by method, answers that are known already."""

    def __init__(self, port: object, **known: dict[Hashable, Any]) -> None:
        self._port = port
        self._answers: dict[Hashable, Callable[[], Any]] = {
            (method, *cast("tuple[Hashable, ...]", asked)): _told(answer)
            for method, answers in known.items()
            for asked, answer in answers.items()
        }

    def __getattr__(self, method: str) -> Callable[..., Any]:
        def ask(*arguments: Hashable, **named: Hashable) -> Any:
            key = (method, *arguments, *sorted(named.items()))
            if key not in self._answers:
                self._answers[key] = _answer(lambda: getattr(self._port, method)(*arguments, **named))
            return self._answers[key]()

        return ask


def _answer(question: Callable[[], Any]) -> Callable[[], Any]:
    try:
        return _told(question())
    except (Refused, Retryable) as error:
        return _raised(error)


def _told(answer: Any) -> Callable[[], Any]:
    return lambda: answer


def _raised(error: Exception) -> Callable[[], Any]:
    def again() -> Any:
        raise error.with_traceback(None)

    return again


class _Moment:
    """`ports.Clock` that stands still."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._now = clock.now()

    def now(self) -> datetime:
        return self._now

    def pause(self, seconds: float) -> None:
        self._clock.pause(seconds)


class _OneCluster:
    """`ports.Gke` of a single cluster."""

    def __init__(self, gke: Gke, cluster: Cluster) -> None:
        self._gke = cast("Gke", _Once(gke))
        self._cluster = cluster

    def cluster(self, key: ClusterKey, *, anew: bool = False) -> GkeCluster:  # noqa: ARG002 - of one moment
        return self._gke.cluster(key)

    def at_work(self, key: ClusterKey, *, anew: bool = False) -> GkeCluster:  # noqa: ARG002 - of one moment
        return self._gke.at_work(key)

    def connect(self, key: ClusterKey) -> Cluster:  # noqa: ARG002 - there is one
        return self._cluster
