"""Who may do what, by the roles and bindings that the server keeps, as the real one's RBAC authorizer rules.

Whoever no binding names may do everything: the cluster's own components, and people who are its administrators. Groups
are not modelled.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from starlette.responses import Response

from sandbox.kube.decoding import decode_as
from sandbox.kube.exchange import Exchange, document
from sandbox.kube.routing import Target
from sandbox.kube.status import StatusError, not_modelled, not_permitted
from sandbox.kube.storage import Object, Storage

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


def refusal_of(target: Target, user: str, storage: Storage) -> StatusError | None:
    """None where the user may do it. Everybody may ask what they may (ClusterRole system:basic-user)."""
    asked = Asked(
        user=user,
        verb=target.verb,
        group=target.resource.group,
        resource=target.written,
        namespace=target.namespace,
        name=target.name,
    )
    if target.resource.only_answered or allows(storage, asked):
        return None
    return not_permitted(target.resource, target.name, str(asked))


def allows(storage: Storage, asked: Asked) -> bool:
    """By any of the user's bindings."""
    bindings = tuple(_bindings(storage, asked.user))
    here = (each for each in bindings if each["metadata"].get("namespace", "") in ("", asked.namespace))
    return not bindings or any(_covers(rule, asked) for binding in here for rule in _rules(storage, binding))


def review(exchange: Exchange, user: str) -> Response:
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
    status = {"allowed": allows(exchange.objects.storage, asked)}
    api_version = exchange.target.resource.api_version
    answered = {"kind": _REVIEW, "apiVersion": api_version, "metadata": {}, "spec": spec, "status": status}
    return document(answered, 201)


def _bindings(storage: Storage, user: str) -> Iterator[Object]:
    """Those that name the user, of the cluster and of every namespace."""
    for version in (*storage.range("clusterrolebindings"), *storage.range("rolebindings")):
        subjects = version.object.get("subjects") or ()
        if any(each["kind"] == "User" and each["name"] == user for each in subjects):
            yield version.object


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
