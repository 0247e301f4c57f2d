"""NodeRefreshes: the custom resource that holds what was asked and how far it is."""

import logging
from collections.abc import Iterator

from functions.adapters import kube_times
from functions.adapters.kube_answers import error
from functions.adapters.kube_api import KubeApi, Object
from functions.adapters.kube_records import Unreadable, decode, encode
from functions.adapters.kube_resources import REFRESH_STATUS, REFRESHES
from functions.errors import Conflict, Refused
from functions.model.refresh import Refresh, RefreshSpec, RefreshStatus
from functions.ownership import PAUSE

PERMISSIONS = REFRESHES.may("get", "list", "create", "delete") | REFRESH_STATUS.may("update")

log = logging.getLogger("repull")


class KubeRefreshes:
    """`ports.Refreshes` over the API."""

    def __init__(self, api: KubeApi) -> None:
        self._api = api

    def get(self, name: str) -> Refresh | None:
        found = self._api.get(REFRESHES, name)
        return refresh(found) if found else None

    def create(self, name: str, spec: RefreshSpec) -> Refresh | None:
        try:
            return refresh(self._api.create(REFRESHES, _object(name) | {"spec": encode(spec)}))
        except Conflict:
            return None

    def write(self, refresh_: Refresh, status: RefreshStatus) -> Refresh:
        body = _object(refresh_.name)
        body["metadata"] |= {"resourceVersion": refresh_.resource_version, "uid": refresh_.uid}
        # The API server takes the status alone from this; the spec is there because its schema requires one.
        return refresh(
            self._api.replace(REFRESH_STATUS, body | {"spec": encode(refresh_.spec), "status": encode(status)})
        )

    def all(self) -> tuple[Refresh, ...]:
        return tuple(_readable(self._api.find(REFRESHES)))

    def delete(self, refresh_: Refresh) -> None:
        body = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": refresh_.uid}}
        answer = self._api.call("delete", REFRESHES, name=refresh_.name, body=body)
        if not answer.ok and answer.status not in (404, 409):
            raise error(answer, "delete", REFRESHES, refresh_.name)


def _readable(found: list[Object]) -> Iterator[Refresh]:
    """One that this version can't read must not hide the others; who asks for it by name is told."""
    for each in found:
        try:
            yield refresh(each)
        except Refused as problem:
            log.warning("%s", problem)


def refresh(found: Object) -> Refresh:
    """A NodeRefresh as we see it. Raises Refused where this version can't read it."""
    metadata = found["metadata"]
    try:
        return Refresh(
            name=metadata["name"],
            uid=metadata["uid"],
            resource_version=metadata["resourceVersion"],
            created=kube_times.required(metadata.get("creationTimestamp")),
            spec=decode(RefreshSpec, found.get("spec") or {}, "spec"),
            status=decode(RefreshStatus, found.get("status") or {}, "status"),
            paused=(metadata.get("annotations") or {}).get(PAUSE),
        )
    except Unreadable as problem:
        raise Refused(
            f"NodeRefresh {metadata['name']}: {problem}; if a newer version wrote it, deploy that version again, "
            f"else kubectl delete noderefresh {metadata['name']}"
        ) from problem


def _object(name: str) -> Object:
    return {
        "apiVersion": REFRESHES.api_version,
        "kind": "NodeRefresh",
        "metadata": {"name": name, "labels": {"app.kubernetes.io/managed-by": "repull"}},
    }
