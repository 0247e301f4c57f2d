"""Which machines a cluster's instance groups list, by REST: every preflight asks, long before a renewal is due."""

import re
from urllib.parse import quote

from functions.adapters.google_session import GoogleSession
from functions.model.names import InstanceRef

PERMISSIONS = frozenset({"compute.instanceGroupManagers.get"})

_GROUP = re.compile(r".*/projects/([^/]+)/zones/([^/]+)/instanceGroupManagers/([^/]+)")
_INSTANCE = re.compile(r".*/projects/([^/]+)/zones/([^/]+)/instances/([^/]+)")


class InstanceGroups:
    """`ports.Groups`."""

    def __init__(self, session: GoogleSession, endpoint: str) -> None:
        self._session = session
        self._endpoint = endpoint

    def members(self, group_url: str) -> dict[InstanceRef, str]:
        """listManagedInstances, page by page."""
        group = _GROUP.fullmatch(group_url)
        if group is None:
            return {}
        path = f"projects/{group[1]}/zones/{group[2]}/instanceGroupManagers/{group[3]}/listManagedInstances"
        members: dict[InstanceRef, str] = {}
        token = ""
        while True:
            url = f"{self._endpoint}/compute/v1/{path}" + (f"?pageToken={quote(token)}" if token else "")
            page = self._session.post(url, permission="compute.instanceGroupManagers.get") or {}
            for each in page.get("managedInstances") or ():
                ref = _ref(str(each.get("instance", "")))
                if ref and each.get("id"):
                    members[ref] = str(each["id"])
            token = str(page.get("nextPageToken") or "")
            if not token:
                return members


def _ref(url: str) -> InstanceRef | None:
    match = _INSTANCE.fullmatch(url)
    return InstanceRef(project=match[1], zone=match[2], name=match[3]) if match else None
