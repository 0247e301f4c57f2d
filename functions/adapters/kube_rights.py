"""What we have the right to do in one cluster, by its API server's own word."""

from functions.adapters.kube_api import KubeApi
from functions.adapters.kube_resources import ACCESS_REVIEWS, DEPLOYMENTS
from functions.errors import Retryable
from functions.model.workload import Deployment
from functions.text import cut


class KubeRights:
    """`ports.Rights` by reviews of our own access.

    Whomever a cluster knows may ask for those, by its own ClusterRole system:basic-user (kubernetes.io, Using RBAC
    Authorization): nobody has to grant it.

    Not by a patch with dryRun: that is a write in everybody's logs, and where it fails it may be for admission's sake.
    """

    def __init__(self, api: KubeApi) -> None:
        self._api = api

    def may_scale(self, found: Deployment) -> bool:
        """Raises Retryable where an authorizer failed, for then nobody has said no.

        A role that a binding names and that is not there is no such failure: RBAC tells it as the `reason` of a plain
        no (Kubernetes, plugin/pkg/auth/authorizer/rbac), and only what an authorizer can't decide as `evaluationError`.
        """
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
        status = self._api.create(ACCESS_REVIEWS, review)["status"]
        allowed, error = status["allowed"] is True, status.get("evaluationError")
        if error and not allowed and not status.get("denied"):
            raise Retryable(f"whether Deployment {found.key} may be patched was not decided: {cut(str(error))}")
        return allowed
