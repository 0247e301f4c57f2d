"""When did access change? Cloud Audit Logs keep every change of a policy (Admin Activity, which can't be off).

A deny policy that is taken away gives access as a grant does (google.iam.v2.Policies: IAM's page on audit logging).

A project's log holds what was set on the project and on what is in it; changes of folders and of the organization
stand in logs of their own, and are not read.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from functions import grants
from functions.adapters.google_session import GoogleSession
from functions.errors import Refused
from functions.model.names import Repository

PERMISSIONS = frozenset({"logging.logEntries.list"})

MOST = 100
"""Entries that are looked at, the newest first."""


class AuditLog:
    """`ports.GrantLog`."""

    def __init__(self, session: GoogleSession, endpoint: str) -> None:
        self._session = session
        self._endpoint = endpoint

    def last_change(self, repository: Repository, account: str, *, since: datetime) -> datetime | None:
        project = f"projects/{repository.project}"
        path = f"/locations/{repository.location}/repositories/{repository.name}"  # a number may stand for the project
        granted = (
            'protoPayload.methodName:"SetIamPolicy"',
            f'(protoPayload.serviceName="cloudresourcemanager.googleapis.com" OR protoPayload.resourceName:"{path}")',
        )
        undenied = ('protoPayload.serviceName="iam.googleapis.com"', 'protoPayload.methodName:".Policies."')
        wanted = (
            f'logName="{project}/logs/cloudaudit.googleapis.com%2Factivity"',
            f'timestamp>="{since.isoformat()}"',
            f"(({' AND '.join(granted)}) OR ({' AND '.join(undenied)}))",
        )
        body = {
            "resourceNames": [project],
            "filter": " AND ".join(wanted),
            "orderBy": "timestamp desc",
            "pageSize": MOST,
        }
        url = f"{self._endpoint}/v2/entries:list"
        found = self._session.post(url, body, permission=f"roles/logging.viewer on {project}")
        if found is None:
            raise Refused(f"POST {url}: there is no project {repository.project}")
        for entry in found.get("entries") or ():
            if _concerns(account, entry):
                return datetime.fromisoformat(str(entry["timestamp"]))
        if found.get("nextPageToken"):
            raise Refused(f"POST {url}: more than {MOST} changes of policies since {since:%H:%M:%S}: not all were read")
        return None


def _concerns(account: str, entry: dict[str, Any]) -> bool:
    """Whether the change may have given the account something; one that doesn't tell what it changed may."""
    deltas = list(_deltas(entry))
    return not deltas or any(
        delta.get("action") != "REMOVE" and grants.may_mean(str(delta.get("member", "")), account) for delta in deltas
    )


def _deltas(entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The rows of `google.iam.v1.logging.AuditData`."""
    data = (entry.get("protoPayload") or {}).get("serviceData") or {}
    for each in (data.get("policyDelta") or {}).get("bindingDeltas") or ():
        if isinstance(each, dict):
            yield each
