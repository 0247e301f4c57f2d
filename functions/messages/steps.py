"""A step is small JSON, fit for a hand to write; everything but the action has a default.

{"action": "start", "cluster": "acme-prod/us-central1/main", "nodes": "gke-main-a-1", "image": "…",
"method": "Reset", "reason": "grants changed", "force": true}
{"action": "continue", "cluster": "…", "refresh": "refresh-1a2b3c", "slot": 0, "step": 4}
{"action": "abort", "cluster": "…", "refresh": "refresh-1a2b3c"}
{"action": "sweep"}
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from functions.errors import BadInput
from functions.messages.fields import NODE_NAME, cluster, flag, number, object_name, text
from functions.model.names import ClusterKey, ImageRef
from functions.model.refresh import Method
from functions.settings import parse_max_unavailable

MOST_NODES = 1000
"""As the custom resource's schema has it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Start:
    cluster: ClusterKey
    nodes: tuple[str, ...] = ()
    account: str = ""  # only nodes of the pools that run as this service account
    image: ImageRef | None = None
    method: Method | None = None
    reason: str = ""
    requested_by: str = ""
    max_unavailable: str = ""
    force: bool = False
    dry_run: bool = False
    delete_bare_pods: bool = False
    delete_local_storage: bool = False
    delete_local_ssd: bool = False
    accept_outage: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Continue:
    """The chain's own message: this slot of this refresh, at this step."""

    cluster: ClusterKey
    refresh: str
    slot: int
    step: int

    def json(self) -> dict[str, object]:
        return {
            "action": "continue",
            "cluster": str(self.cluster),
            "refresh": self.refresh,
            "slot": self.slot,
            "step": self.step,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Abort:
    cluster: ClusterKey
    refresh: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sweep:
    clusters: tuple[ClusterKey, ...]


Step = Start | Continue | Abort | Sweep


def parse_step(payload: Mapping[str, Any], clusters: tuple[ClusterKey, ...]) -> Step:
    """Read a step message. Raises BadInput, which names the field, what is accepted, and an example.

    And whom it is about, as far as that is understood: `repull audit` looks for a cluster's lines.
    """
    try:
        return _parse(payload, clusters)
    except BadInput as error:
        error.about = _about(payload, clusters)
        raise


def _parse(payload: Mapping[str, Any], clusters: tuple[ClusterKey, ...]) -> Step:
    action = payload.get("action", "")
    if not isinstance(action, str) or action not in _STEPS:
        raise BadInput(
            field="action",
            value=action,
            accepted=f"{', '.join(_STEPS)} (to hold a refresh is no message: repull pause, and repull resume)",
            example='{"action": "start", "reason": "grants changed"}',
        )
    build, accepted = _STEPS[action]
    unknown = sorted(set(payload) - {"action", *accepted})
    if unknown:
        raise BadInput(field=unknown[0], value=unknown[0], accepted=f"only {', '.join(accepted)} with action {action}")
    return build(payload, clusters)


def _about(payload: Mapping[str, Any], clusters: tuple[ClusterKey, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    with suppress(BadInput):
        found["cluster"] = str(cluster(payload, clusters))
        found["refresh"] = object_name(payload, "refresh", "refresh")
    return found


def _start(payload: Mapping[str, Any], clusters: tuple[ClusterKey, ...]) -> Start:
    nodes = payload.get("nodes", ())
    if isinstance(nodes, str):
        nodes = [name.strip() for name in nodes.split(",") if name.strip()]
    if not isinstance(nodes, list | tuple):
        raise BadInput(field="nodes", value=nodes, accepted="node names, as a list or separated by commas")
    if "nodes" in payload and not 1 <= len(nodes) <= MOST_NODES:
        accepted = f"1 to {MOST_NODES} node names; leave it out for every node in scope"
        raise BadInput(field="nodes", value=payload["nodes"], accepted=accepted)
    for name in nodes:
        if not isinstance(name, str) or not NODE_NAME.fullmatch(name):
            raise BadInput(
                field="nodes",
                value=name,
                accepted="node names (lower case letters, digits, '-' and '.')",
                example="gke-main-a-1",
            )
    method = payload.get("method", "")
    if method != "" and (not isinstance(method, str) or method not in tuple(Method)):
        raise BadInput(field="method", value=method, accepted=", ".join(Method))
    image = payload.get("image", "")
    if not isinstance(image, str):
        raise BadInput(
            field="image",
            value=image,
            accepted="an image reference",
            example="us-central1-docker.pkg.dev/acme/apps/api:v1",
        )
    unavailable = payload.get("maxUnavailable", "")
    try:
        max_unavailable = parse_max_unavailable(str(unavailable)) if unavailable != "" else ""
    except ValueError:
        raise BadInput(
            field="maxUnavailable", value=unavailable, accepted="a number from 1 to 50, or a percentage from 1% to 50%"
        ) from None
    return Start(
        cluster=cluster(payload, clusters),
        nodes=tuple(dict.fromkeys(nodes)),
        account=text(payload, "account", limit=256),
        image=ImageRef.parse(image) if image else None,
        method=Method(method) if method else None,
        reason=text(payload, "reason"),
        requested_by=text(payload, "requestedBy", limit=256),
        max_unavailable=max_unavailable,
        force=flag(payload, "force"),
        dry_run=flag(payload, "dryRun"),
        delete_bare_pods=flag(payload, "deleteBarePods"),
        delete_local_storage=flag(payload, "deleteLocalStorage"),
        delete_local_ssd=flag(payload, "deleteLocalSsd"),
        accept_outage=flag(payload, "acceptOutage"),
    )


def _continue(payload: Mapping[str, Any], clusters: tuple[ClusterKey, ...]) -> Continue:
    return Continue(
        cluster=cluster(payload, clusters),
        refresh=object_name(payload, "refresh", "refresh"),
        slot=number(payload, "slot", most=49),
        step=number(payload, "step", most=2**31),
    )


def _abort(payload: Mapping[str, Any], clusters: tuple[ClusterKey, ...]) -> Abort:
    return Abort(
        cluster=cluster(payload, clusters),
        refresh=object_name(payload, "refresh", "refresh"),
        reason=text(payload, "reason"),
    )


def _sweep(payload: Mapping[str, Any], clusters: tuple[ClusterKey, ...]) -> Sweep:
    return Sweep(clusters=(cluster(payload, clusters),) if payload.get("cluster", "") != "" else clusters)


_STEPS: dict[str, tuple[Callable[[Mapping[str, Any], tuple[ClusterKey, ...]], Step], tuple[str, ...]]] = {
    "start": (
        _start,
        (
            "cluster",
            "nodes",
            "account",
            "image",
            "method",
            "reason",
            "requestedBy",
            "maxUnavailable",
            "force",
            "dryRun",
            "deleteBarePods",
            "deleteLocalStorage",
            "deleteLocalSsd",
            "acceptOutage",
        ),
    ),
    "continue": (_continue, ("cluster", "refresh", "slot", "step")),
    "abort": (_abort, ("cluster", "refresh", "reason")),
    "sweep": (_sweep, ("cluster",)),
}
