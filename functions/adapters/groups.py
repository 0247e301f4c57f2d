"""What a cluster's instance groups are and list, by REST: every preflight asks, long before a renewal is due."""

import re
from typing import Any
from urllib.parse import quote

from functions.adapters.google_session import GoogleSession
from functions.model.google import Group, Member
from functions.model.names import GroupRef, InstanceRef

_GET = "compute.instanceGroupManagers.get"
PERMISSIONS = frozenset({_GET})

_INSTANCE = re.compile(r".*/projects/([^/]+)/zones/([^/]+)/instances/([^/]+)")


class InstanceGroups:
    """`ports.Groups`."""

    def __init__(self, session: GoogleSession, endpoint: str) -> None:
        self._session = session
        self._endpoint = endpoint

    def group(self, group_url: str) -> Group | None:
        path = _path(group_url)
        found = self._session.get(f"{self._endpoint}{path}", permission=_GET) if path else None
        if found is None:
            return None
        return Group(
            template=str(found.get("instanceTemplate", "")),
            standby_mode=str((found.get("standbyPolicy") or {}).get("mode", "")),
            target_size=int(found.get("targetSize") or 0),
            target_stopped_size=int(found.get("targetStoppedSize") or 0),
            most_disruptive=str((found.get("updatePolicy") or {}).get("mostDisruptiveAllowedAction", "")),
        )

    def members(self, group_url: str) -> dict[InstanceRef, Member]:
        """listManagedInstances, page by page."""
        path = _path(group_url)
        if path is None:
            return {}
        members: dict[InstanceRef, Member] = {}
        token = ""
        while True:
            url = f"{self._endpoint}{path}/listManagedInstances" + (f"?pageToken={quote(token)}" if token else "")
            page = self._session.post(url, permission=_GET) or {}
            for each in page.get("managedInstances") or ():
                ref = _ref(str(each.get("instance", "")))
                if ref:
                    members[ref] = _member(group_url, each)
            token = str(page.get("nextPageToken") or "")
            if not token:
                return members


def _path(group_url: str) -> str | None:
    ref = GroupRef.from_url(group_url)
    if ref is None:
        return None
    return f"/compute/v1/projects/{ref.project}/zones/{ref.zone}/instanceGroupManagers/{ref.name}"


def _member(group_url: str, found: dict[str, Any]) -> Member:
    """Id and status are empty while there is no machine (ManagedInstance in the Compute API)."""
    return Member(
        group=group_url,
        id=str(found.get("id") or ""),
        status=str(found.get("instanceStatus", "")),
        action=str(found.get("currentAction", "NONE")),
        template=str((found.get("version") or {}).get("instanceTemplate", "")),
    )


def _ref(url: str) -> InstanceRef | None:
    match = _INSTANCE.fullmatch(url)
    return InstanceRef(project=match[1], zone=match[2], name=match[3]) if match else None
