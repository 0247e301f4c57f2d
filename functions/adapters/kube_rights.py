"""What we have the right to do in one cluster, by its API server's own word."""

from functions.adapters.kube_api import KubeApi
from functions.adapters.kube_resources import ACCESS_REVIEWS, DEPLOYMENTS
from functions.model.workload import Deployment

EVERYBODYS_PERMISSIONS = ACCESS_REVIEWS.may("create")
"""Of everybody whom a cluster knows, by its own ClusterRole system:basic-user (kubernetes.io, Using RBAC
Authorization): nobody has to grant it."""


class KubeRights:
    """`ports.Rights` by reviews of our own access.

    Not by a patch with dryRun: that is a write in everybody's logs, and where it fails it may be for admission's sake.
    """

    def __init__(self, api: KubeApi) -> None:
        self._api = api

    def may_scale(self, found: Deployment) -> bool:
        attributes = {
            "verb": "patch",
            "group": DEPLOYMENTS.group,
            "resource": DEPLOYMENTS.plural,
            "namespace": found.namespace,
            "name": found.name,
        }
        review = {
            "apiVersion": ACCESS_REVIEWS.api_version,
            "kind": "SelfSubjectAccessReview",
            "metadata": {},
            "spec": {"resourceAttributes": attributes},
        }
        return self._api.create(ACCESS_REVIEWS, review)["status"]["allowed"] is True
