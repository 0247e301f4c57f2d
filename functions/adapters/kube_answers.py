"""What the Kubernetes API answered: taken apart, and translated into the product's few errors."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from functions import rbac
from functions.adapters import json_text
from functions.adapters.kube_resources import ACCESS_REVIEWS, DEPLOYMENTS, SECRETS, Permission, Resource
from functions.errors import Conflict, NotFound, Refused, RepullError, Retryable
from functions.text import cut

INSTALL = "make install CLUSTER=PROJECT/LOCATION/NAME"
BY_HAND = "kubectl apply -k infra/cluster"
"""Where nobody has filled in the files, this would bind every role to accounts of no project."""
RBAC = f"repull's own accounts get it by {INSTALL} (by {BY_HAND} where its files are filled in)"
PULL_SECRETS = "infra/cluster/optional/pull-secrets.yaml lets repull read those of one namespace"
SCALING = "the refresh's account gets it by kubectl apply -f infra/cluster/optional/scale-workloads.yaml"
REVIEWS = "ClusterRole system:basic-user grants it to everybody whom a cluster knows, where nobody has changed that"
MISSING = f"does it exist? {INSTALL} makes what repull needs ({BY_HAND} does where its files are filled in)"


class Expired(RepullError):
    """410: the list or watch can't go on from where it was. Begin again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One HTTP answer, its body read."""

    status: int
    body: bytes

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        return self.body.decode(errors="replace")

    @property
    def json(self) -> dict[str, Any]:
        """The body as an object; {} where it is none, as when a proxy on the way answered."""
        try:
            found = json_text.read(self.body)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def message(self) -> str:
        """What the Status says, with its causes; else the beginning of the body."""
        status = self.json
        said = str(status.get("message") or self.text.strip())
        missing = [text for cause in self._causes if (text := str(cause.get("message") or "")) and text not in said]
        return cut(": ".join([said, *missing]))

    def has_cause(self, reason: str) -> bool:
        """Whether `details.causes` names this reason."""
        return any(cause.get("reason") == reason for cause in self._causes)

    @property
    def _causes(self) -> list[Mapping[str, Any]]:
        details = self.json.get("details")
        causes = details.get("causes") if isinstance(details, dict) else None
        return [cause for cause in causes if isinstance(cause, dict)] if isinstance(causes, list) else []


_ELSEWHERE: Mapping[frozenset[Permission], str] = {
    SECRETS.may("get"): PULL_SECRETS,
    DEPLOYMENTS.may("patch"): SCALING,
    ACCESS_REVIEWS.may("create"): REVIEWS,
}
"""Where what the installation does not grant comes from."""

_KINDS: Mapping[int, type[RepullError]] = {
    404: NotFound,
    408: Retryable,
    409: Conflict,
    410: Expired,
    425: Retryable,
    429: Retryable,
}
"""Every other 4xx is a refusal, and whatever isn't 4xx should have worked."""


def error(answer: Answer, verb: str, resource: Resource, name: str) -> RepullError:
    """The error that says what its catcher should do."""
    kind = _KINDS.get(answer.status) or (Refused if 400 <= answer.status < 500 else Retryable)
    said = f"{verb} {resource.written} {name}".strip() + f": {answer.status} {answer.message}"
    if answer.status == 404 and verb == "create":
        kind, said = Refused, f"{said}; {MISSING}"  # its namespace, or the definition of its kind
    elif answer.status == 404 and verb == "list":
        said = f"{said}; {MISSING}"
    elif answer.status == 401:
        said = f"{said}; the cluster does not know whose token this is"
    elif answer.status == 403 and " cannot " in answer.message:  # the authorizer's wording, admission has its own
        rule = rbac.rule(resource.group, resource.written, verb)
        said = f"{said}; missing in RBAC: {rule}; {_ELSEWHERE.get(resource.may(verb), RBAC)}"
    return kind(said)
