"""Kubernetes Events on nodes, refreshes and pods, so that `kubectl describe` tells the story."""

import hashlib
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.adapters import kube_times
from functions.adapters.kube_api import KubeApi, Object
from functions.adapters.kube_resources import EVENTS, REFRESHES
from functions.adapters.kube_transport import Silence, Unreachable
from functions.errors import Conflict, RepullError
from functions.model.cluster import Node, Pod
from functions.model.refresh import Refresh
from functions.ports import Clock
from functions.text import cut

PERMISSIONS = EVENTS.may("list", "create", "patch")

NAMESPACE = "default"
"""Where Events on cluster-scoped objects live."""
LONGEST = 1000
"""Characters of an Event's message: the events.k8s.io API takes 1024 bytes (its noteLengthLimit)."""
SECONDS = 2.0
"""What each call about an Event is given: the run must not wait for it."""
QUIET_SECONDS = 60.0
"""Once a call was not answered, no further Event is tried for so long: a run that ends tells of several in a row."""

log = logging.getLogger("repull")


class KubeAnnouncer:
    """`ports.Announcer` over the API. A lost Event is a line in the log and nothing more."""

    def __init__(self, api: KubeApi, clock: Clock) -> None:
        self._api = api.within(SECONDS)
        self._clock = clock
        self._not_before = datetime.min.replace(tzinfo=UTC)

    def on_node(self, node: Node, reason: str, message: str, *, warning: bool = False) -> None:
        about = {"apiVersion": "v1", "kind": "Node", "name": node.name, "uid": node.uid}
        self._announce(about, reason, message, warning=warning)

    def on_refresh(self, refresh: Refresh, reason: str, message: str, *, warning: bool = False) -> None:
        about = {
            "apiVersion": REFRESHES.api_version,
            "kind": "NodeRefresh",
            "name": refresh.name,
            "uid": refresh.uid,
            "resourceVersion": refresh.resource_version,
        }
        self._announce(about, reason, message, warning=warning)

    def on_pod(self, pod: Pod, reason: str, message: str, *, topic: str, warning: bool = False) -> None:
        about = [{"apiVersion": "v1", "kind": "Pod", "name": pod.name, "uid": pod.uid}]
        if pod.owner and not pod.is_mirror:  # a static pod's is its node, which has no namespace
            owner = pod.owner
            about.append({"apiVersion": owner.api_version, "kind": owner.kind, "name": owner.name, "uid": owner.uid})
        for each in about:
            each["namespace"] = pod.namespace
            self._announce(each, reason, message, topic=topic, warning=warning)

    def _announce(self, about: dict[str, str], reason: str, message: str, *, warning: bool, topic: str = "") -> None:
        """`topic` is what makes it the same again; its words are, where nothing else is said."""
        text = cut(message, LONGEST)
        event = self._event(about, reason, text, topic=topic or text, warning=warning)
        try:
            self._try(event)
        except RepullError as error:
            log.warning("no Event %s on %s %s: %s", reason, about["kind"], about["name"], error)

    def _try(self, event: Object) -> None:
        if self._clock.now() < self._not_before:
            raise Silence(f"nobody has answered another one within the last {QUIET_SECONDS:.0f} s")
        try:
            self._create_or_count(event)
        except (Silence, Unreachable):
            self._not_before = self._clock.now() + timedelta(seconds=QUIET_SECONDS)
            raise

    def _create_or_count(self, event: Object) -> None:
        """The same said again about the same object is one Event, counted."""
        name, namespace = event["metadata"]["name"], event["metadata"]["namespace"]
        try:
            self._api.create(EVENTS, event, namespace=namespace)
        except Conflict:
            found = self._api.find(EVENTS, namespace=namespace, fieldSelector=f"metadata.name={name}")
            count = (found[0].get("count") or 1) if found else 1
            again = {"count": count + 1, "lastTimestamp": event["lastTimestamp"], "message": event["message"]}
            self._api.patch(EVENTS, name, again, namespace=namespace)

    def _event(self, about: dict[str, str], reason: str, message: str, *, topic: str, warning: bool) -> dict[str, Any]:
        now = kube_times.seconds(self._clock.now())
        digest = hashlib.sha256(f"{about['uid']}/{reason}/{topic}".encode()).hexdigest()[:16]
        return {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {"namespace": about.get("namespace", NAMESPACE), "name": f"{about['name'][:200]}.{digest}"},
            "involvedObject": about,
            "reason": reason,
            "message": message,
            "type": "Warning" if warning else "Normal",
            "source": {"component": "repull"},
            "reportingComponent": "repull",
            "firstTimestamp": now,
            "lastTimestamp": now,
            "count": 1,
        }
