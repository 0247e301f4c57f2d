"""GKE: what it is at work on. Who asks it needs a right more than for the cluster itself."""

import re
from typing import Any

from functions.adapters.google_session import GoogleSession
from functions.errors import Retryable
from functions.model.google import Operation
from functions.model.names import ClusterKey

PERMISSION = "container.operations.list"
PERMISSIONS = frozenset({PERMISSION})

_TARGET = re.compile(r"/clusters/(?P<cluster>[^/]+)(?:/nodePools/(?P<pool>[^/]+))?")
"""In an operation's targetLink; that of a repair goes on to one of the nodes (Operation, Container API)."""

_OF_NO_NODE = frozenset({"CREATE_NODE_POOL", "DELETE_NODE_POOL", "SET_NODE_POOL_MANAGEMENT"})
"""What concerns no node of ours: the first two are the autoscaler's as well, and the status of their own pool tells of
them; the third only updates metadata (Operation.Type, Container API)."""


class GkeOperations:
    """Reads projects.locations.operations.list."""

    def __init__(self, session: GoogleSession, endpoint: str) -> None:
        self._session = session
        self._endpoint = endpoint

    def under_way(self, key: ClusterKey) -> tuple[Operation, ...]:
        """Those of the cluster that are not DONE, each once: GKE may repair several nodes of a pool at the same time.

        Raises Refused where they may not be read, Retryable where there is no answer, or not of all zones.
        """
        path = f"projects/{key.project}/locations/{key.location}/operations"
        found = self._session.get(f"{self._endpoint}/v1/{path}", permission=PERMISSION)
        if found is None or found.get("missingZones"):
            raise Retryable(f"GKE does not tell all of what it is at work on in {path}")
        told = (_operation(each, key.name) for each in found.get("operations") or ())
        return tuple(sorted({each for each in told if each}))


def _operation(found: dict[str, Any], cluster: str) -> Operation | None:
    target = _TARGET.search(str(found.get("targetLink") or ""))
    if target is None or target["cluster"] != cluster or found.get("status") == "DONE":
        return None
    kind = str(found.get("operationType") or "?")
    return None if kind in _OF_NO_NODE else Operation(pool=target["pool"] or "", kind=kind)
