"""Who may do what, by the roles and bindings that the server keeps, as the real one's RBAC authorizer rules.

Whoever no binding ever named may do everything: the cluster's own components, and people who are its administrators.
Who loses the last binding may do nothing. Groups are not modelled.
"""

from dataclasses import dataclass

from starlette.responses import Response

from sandbox.kube.decoding import decode_as
from sandbox.kube.exchange import Exchange, document
from sandbox.kube.routing import Target
from sandbox.kube.status import StatusError, not_modelled, not_permitted
from sandbox.kube.storage import Change, Object, Storage

_BINDINGS = ("clusterrolebindings", "rolebindings")
_REVIEW = "SelfSubjectAccessReview"


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """`resource` is written as in RBAC: `pods/eviction`; without a `namespace`, in the whole cluster."""

    user: str
    verb: str
    group: str
    resource: str
    namespace: str = ""
    name: str = ""

    def __str__(self) -> str:
        where = f'in the namespace "{self.namespace}"' if self.namespace else "at the cluster scope"
        what = f'resource "{self.resource}" in API group "{self.group}"'
        return f'User "{self.user}" cannot {self.verb} {what} {where}'


class Authorizer:
    """Of one API server: make it before anything is stored."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._held: set[str] = set()  # users that a binding names or named
        for plural in _BINDINGS:
            storage.subscribe(plural, self._hold)

    def refusal_of(self, target: Target, user: str) -> StatusError | None:
        """None where the user may do it. Everybody may ask what they may (ClusterRole system:basic-user)."""
        asked = Asked(
            user=user,
            verb=target.verb,
            group=target.resource.group,
            resource=target.written,
            namespace=target.namespace,
            name=target.name,
        )
        if target.resource.only_answered or self.allows(asked):
            return None
        return not_permitted(target.resource, target.name, str(asked))

    def allows(self, asked: Asked) -> bool:
        """By any of the user's bindings, of the cluster or of the namespace."""
        if asked.user not in self._held:
            return True
        here = (
            binding
            for plural in _BINDINGS
            for binding in (version.object for version in self._storage.range(plural))
            if asked.user in _users(binding) and binding["metadata"].get("namespace", "") in ("", asked.namespace)
        )
        return any(_covers(rule, asked) for binding in here for rule in _rules(self._storage, binding))

    def review(self, exchange: Exchange, user: str) -> Response:
        """A SelfSubjectAccessReview, answered by the same rules that a request is held to."""
        given = decode_as(exchange.decoded(), _REVIEW)
        spec = given.get("spec") or {}
        attributes = spec.get("resourceAttributes")
        if attributes is None or "nonResourceAttributes" in spec:
            raise not_modelled("reviews of anything but resources")
        plural, part = attributes.get("resource", ""), attributes.get("subresource", "")
        asked = Asked(
            user=user,
            verb=attributes.get("verb", ""),
            group=attributes.get("group", ""),
            resource=f"{plural}/{part}" if part else plural,
            namespace=attributes.get("namespace", ""),
            name=attributes.get("name", ""),
        )
        status = {"allowed": self.allows(asked)}
        api_version = exchange.target.resource.api_version
        answered = {"kind": _REVIEW, "apiVersion": api_version, "metadata": {}, "spec": spec, "status": status}
        return document(answered, 201)

    def _hold(self, change: Change) -> None:
        self._held |= _users(change.new.object)


def _users(binding: Object) -> set[str]:
    return {each["name"] for each in binding.get("subjects") or () if each["kind"] == "User"}


def _rules(storage: Storage, binding: Object) -> list[Object]:
    """Of the binding's role; of one that is not there, none."""
    kind, name = binding["roleRef"]["kind"], binding["roleRef"]["name"]
    in_cluster = kind == "ClusterRole"
    key = ("" if in_cluster else binding["metadata"]["namespace"], name)
    role = storage.get("clusterroles" if in_cluster else "roles", key)
    return (role.object.get("rules") or []) if role else []


def _covers(rule: Object, asked: Asked) -> bool:
    named = rule.get("resourceNames")
    _, slash, part = asked.resource.partition("/")
    resources = {"*", asked.resource, f"*/{part}" if slash else "*"}
    return (
        bool({"*", asked.verb} & set(rule["verbs"]))
        and bool({"*", asked.group} & set(rule.get("apiGroups") or ()))
        and bool(resources & set(rule.get("resources") or ()))
        and (not named or asked.name in named)
    )
