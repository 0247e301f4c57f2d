"""What a drain looks at again and again, kept up to date by watches."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TypeVar

from functions.adapters import kube_nodes, kube_podview
from functions.adapters.kube_api import KubeApi, Object
from functions.adapters.kube_kept import Bell, Kept
from functions.adapters.kube_resources import NODES, PODS
from functions.model.cluster import Node, Pod

PERMISSIONS = NODES.may("list", "watch") | PODS.may("list", "watch")

T = TypeVar("T")

OF_A_CONTROLLER = (
    "pod-template-hash",
    "statefulset.kubernetes.io/pod-name",
    "batch.kubernetes.io/controller-uid",
)
"""Labels that Deployments, StatefulSets and Jobs put on their pods, and keep when they make one anew."""

OF_ONE_POD = "statefulset.kubernetes.io/pod-name"
"""Of these the one that each pod has for itself: that it is there says that a StatefulSet's pod is, whichever it is."""


class KubeViews:
    """`ports.Views` over the API."""

    def __init__(self, api: KubeApi) -> None:
        self._api = api

    @contextmanager
    def around(self, node: str) -> Iterator["KubeView"]:
        with ExitStack() as stack:
            yield KubeView(self._api, node, stack)


class KubeView:
    """`ports.View`. Its watches end with `stack`."""

    def __init__(self, api: KubeApi, node: str, stack: ExitStack) -> None:
        self._api = api
        self._stack = stack
        self._bell = Bell()
        self._node = self._closing(
            Kept(api, NODES, kube_nodes.node, {"fieldSelector": f"metadata.name={node}"}, self._bell)
        )
        self._pods = self._closing(
            Kept(api, PODS, kube_podview.pod, {"fieldSelector": f"spec.nodeName={node}"}, self._bell)
        )
        self._siblings: list[Kept[Pod]] = []

    def node(self) -> Node | None:
        return next(iter(self._node.values()), None)

    def pods(self) -> tuple[Pod, ...]:
        return tuple(sorted(self._pods.values(), key=lambda pod: (pod.namespace, pod.name)))

    def meet(self, pods: Iterable[Pod]) -> tuple[Pod, ...]:
        owned = tuple(each for each in pods if each.owner)
        owners = frozenset(each.owner.uid for each in owned if each.owner)

        def read(found: Object) -> Pod | None:
            seen = kube_podview.pod(found)
            return seen if seen.owner and seen.owner.uid in owners else None

        met = [
            self._closing(Kept(self._api, PODS, read, selector, self._bell, namespace=namespace))
            for namespace, selector in _selectors(owned)
        ]
        self._siblings += met
        return tuple(pod for kept in met for pod in kept.values())

    def siblings(self) -> tuple[Pod, ...]:
        return tuple(pod for kept in self._siblings for pod in kept.values())

    def wait(self, seconds: float) -> None:
        self._bell.wait(seconds)

    def _closing(self, kept: Kept[T]) -> Kept[T]:
        self._stack.callback(kept.close)
        return kept


def _selectors(pods: Iterable[Pod]) -> Iterator[tuple[str, dict[str, str]]]:
    """Namespaces, and the label selector for each. Pods that no known label tells apart cost their whole namespace."""
    asked: dict[tuple[str, str], set[str]] = {}
    for each in pods:
        label = next((label for label in OF_A_CONTROLLER if label in each.labels), "")
        asked.setdefault((each.namespace, label), set()).add(each.labels.get(label, ""))
    for (namespace, label), values in sorted(asked.items()):
        same = label if label == OF_ONE_POD else f"{label} in ({','.join(sorted(values))})"
        yield namespace, {"labelSelector": same} if label else {}
