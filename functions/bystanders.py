"""Grants that people look at first, and that decide nothing here. Pure.

They are read from the policies at hand, so they cost no question of their own.
"""

from collections.abc import Iterator

from functions import grants
from functions.model.cluster import ServiceAccount
from functions.model.names import ImageRef
from functions.model.policy import AllowPolicy
from functions.model.verdict import CheckResult, CheckStatus

WORKLOAD_ACCOUNT = "iam.gke.io/gcp-service-account"
"""Annotation of a Kubernetes service account: the Google service account that its pods act as."""

_CONTAINER_REGISTRY = ("roles/storage.objectViewer", "roles/storage.objectAdmin", "roles/storage.admin")
"""With one of these on the images' bucket an account could read Container Registry, which was shut down in 2025."""


def bystanders(
    account: str, workload: ServiceAccount | None, image: ImageRef, policies: tuple[AllowPolicy, ...]
) -> Iterator[CheckResult]:
    """Lines that are reported beside the checks; `account` is the node's."""
    workload_account = workload.annotations.get(WORKLOAD_ACCOUNT, "") if workload else ""
    if workload_account and workload_account != account:
        found = _carried(workload_account, policies)
        yield _info(
            "workload",
            f"the workload's own account {workload_account} {found}: it doesn't matter here, for the kubelet pulls "
            f"as the node's account {account} before any container of the pod exists",
        )
    legacy = tuple(_legacy(account, policies))
    if image.is_legacy and legacy:
        yield _info(
            "legacy",
            f"{account} has {', '.join(legacy)}: it doesn't matter here, for {image.host} is served by Artifact "
            "Registry, which asks for a role of its own",
        )


def _carried(account: str, policies: tuple[AllowPolicy, ...]) -> str:
    found = [f"{said} at {policy.resource}" for policy in policies if (said := grants.certain(account, policy))]
    if found:
        return f"may read the repository ({', '.join(found)})"
    return "has no grant of its own" if policies else "may read the repository or not"


def _legacy(account: str, policies: tuple[AllowPolicy, ...]) -> Iterator[str]:
    for policy in policies:
        for role in policy.roles_of(grants.member(account)):
            if role in _CONTAINER_REGISTRY:
                yield f"{role} at {policy.resource}"


def _info(name: str, evidence: str) -> CheckResult:
    return CheckResult(name=name, status=CheckStatus.INFO, evidence=evidence)
