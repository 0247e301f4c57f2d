"""Pod Security admission: what a namespace labelled `pod-security.kubernetes.io/enforce` refuses, and how."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sandbox.kube.status import not_modelled

Object = dict[str, Any]
ENFORCE = "pod-security.kubernetes.io/enforce"
_LEVELS = ("privileged", "baseline", "restricted")
_VOLUMES = frozenset(
    {"configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"}
)


def violation(spec: Object, namespace: Object) -> str | None:
    """Why the namespace does not take a pod of this spec, None where it does."""
    labels = namespace["metadata"].get("labels") or {}
    level = labels.get(ENFORCE, "privileged")
    if level not in _LEVELS:
        raise not_modelled(f"the Pod Security level {level}")
    checks = _CHECKS[: {"privileged": 0, "baseline": _BASELINE, "restricted": len(_CHECKS)}[level]]
    found = [why for check in checks for why in check(spec)]
    version = labels.get(f"{ENFORCE}-version", "latest")
    return f'violates PodSecurity "{level}:{version}": {", ".join(found)}' if found else None


def _containers(spec: Object) -> Iterator[tuple[str, Object]]:
    for kind in ("initContainers", "containers", "ephemeralContainers"):
        for container in spec.get(kind) or []:
            yield container.get("name", ""), container.get("securityContext") or {}


def _named(names: list[str]) -> str:
    quoted = ", ".join(f'"{name}"' for name in names)
    return f"container {quoted}" if len(names) == 1 else f"containers {quoted}"


def _host_namespaces(spec: Object) -> Iterator[str]:
    found = [f"{each}=true" for each in ("hostNetwork", "hostPID", "hostIPC") if spec.get(each)]
    if found:
        yield f"host namespaces ({', '.join(found)})"


def _host_paths(spec: Object) -> Iterator[str]:
    found = [f'"{each["name"]}"' for each in spec.get("volumes") or [] if each.get("hostPath")]
    if found:
        yield f"hostPath volumes ({'volume' if len(found) == 1 else 'volumes'} {', '.join(found)})"


def _privileged(spec: Object) -> Iterator[str]:
    found = [name for name, context in _containers(spec) if context.get("privileged")]
    if found:
        yield f"privileged ({_named(found)} must not set securityContext.privileged=true)"


def _escalation(spec: Object) -> Iterator[str]:
    found = [name for name, context in _containers(spec) if context.get("allowPrivilegeEscalation") is not False]
    if found:
        says = "must set securityContext.allowPrivilegeEscalation=false"
        yield f"allowPrivilegeEscalation != false ({_named(found)} {says})"


def _capabilities(spec: Object) -> Iterator[str]:
    def drops_all(context: Object) -> bool:
        return "ALL" in ((context.get("capabilities") or {}).get("drop") or [])

    found = [name for name, context in _containers(spec) if not drops_all(context)]
    if found:
        yield f'unrestricted capabilities ({_named(found)} must set securityContext.capabilities.drop=["ALL"])'


def _volume_types(spec: Object) -> Iterator[str]:
    for volume in spec.get("volumes") or []:
        for kind in set(volume) - {"name"} - _VOLUMES:
            yield f'restricted volume types (volume "{volume["name"]}" uses restricted volume type "{kind}")'


def _non_root(spec: Object) -> Iterator[str]:
    pod = (spec.get("securityContext") or {}).get("runAsNonRoot")
    found = [name for name, context in _containers(spec) if context.get("runAsNonRoot", pod) is not True]
    if found:
        yield f"runAsNonRoot != true (pod or {_named(found)} must set securityContext.runAsNonRoot=true)"


def _root_user(spec: Object) -> Iterator[str]:
    if (spec.get("securityContext") or {}).get("runAsUser") == 0:
        yield "runAsUser=0 (pod must not set runAsUser=0)"
    found = [name for name, context in _containers(spec) if context.get("runAsUser") == 0]
    if found:
        yield f"runAsUser=0 ({_named(found)} must not set runAsUser=0)"


def _seccomp(spec: Object) -> Iterator[str]:
    def kind(context: Object) -> Any:
        return (context.get("seccompProfile") or {}).get("type")

    pod = kind(spec.get("securityContext") or {})
    allowed = {"RuntimeDefault", "Localhost"}
    found = [name for name, context in _containers(spec) if (kind(context) or pod) not in allowed]
    if found:
        says = 'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"'
        yield f"seccompProfile (pod or {_named(found)} {says})"


_CHECKS: tuple[Callable[[Object], Iterable[str]], ...] = (
    _host_namespaces,
    _host_paths,
    _privileged,
    _escalation,
    _capabilities,
    _volume_types,
    _non_root,
    _root_user,
    _seccomp,
)
_BASELINE = 3  # the first of them
