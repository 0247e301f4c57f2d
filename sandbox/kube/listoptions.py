"""Which options of a list or a watch go together, as the real server validates them before it looks for anything."""

from collections.abc import Iterator, Mapping

from sandbox.kube import problems
from sandbox.kube.status import Cause, bad_request, invalid

_MATCHES = ("Exact", "NotOlderThan", "")


def check(query: Mapping[str, str], *, watch: bool) -> None:
    """422 where they contradict each other, 400 for a page that names a version too."""
    causes = list(_of_watch(query) if watch else _of_list(query))
    if causes:
        raise invalid("ListOptions", "meta.k8s.io", "", causes)
    if not watch and query.get("continue") and query.get("resourceVersion", "") not in {"", "0"}:
        raise bad_request("specifying resource version is not allowed when using continue")


def _of_list(query: Mapping[str, str]) -> Iterator[Cause]:
    if query.get("sendInitialEvents"):
        yield problems.forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list")
    field, match, version = "resourceVersionMatch", query.get("resourceVersionMatch", ""), query.get("resourceVersion")
    if not match:
        return
    if not version:
        yield problems.forbidden(field, "resourceVersionMatch is forbidden unless resourceVersion is provided")
    if query.get("continue"):
        yield problems.forbidden(field, "resourceVersionMatch is forbidden when continue is provided")
    if match not in _MATCHES:
        yield problems.unsupported(field, match, _MATCHES)
    if match == "Exact" and version == "0":
        yield problems.forbidden(field, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"')


def _of_watch(query: Mapping[str, str]) -> Iterator[Cause]:
    """Without sendInitialEvents, which is not modelled."""
    match = query.get("resourceVersionMatch", "")
    if not match:
        return
    says = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
    yield problems.forbidden("resourceVersionMatch", says)
    if match != "NotOlderThan":
        yield problems.unsupported("resourceVersionMatch", match, ("NotOlderThan",))
