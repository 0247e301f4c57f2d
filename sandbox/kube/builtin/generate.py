"""Writes types.json anew from the models of the official client, themselves generated from the OpenAPI document.

Run after an upgrade of the client: `python sandbox/kube/builtin/generate.py`. The sandbox reads the file, so that it
starts without loading five hundred models.
"""

import json
import re
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("types.json")
KINDS = {
    "Binding": "V1Binding",
    "ClusterRole": "V1ClusterRole",
    "ClusterRoleBinding": "V1ClusterRoleBinding",
    "ConfigMap": "V1ConfigMap",
    "CustomResourceDefinition": "V1CustomResourceDefinition",
    "DaemonSet": "V1DaemonSet",
    "DeleteOptions": "V1DeleteOptions",
    "Deployment": "V1Deployment",
    "Event": "CoreV1Event",
    "Eviction": "V1Eviction",
    "HorizontalPodAutoscaler": "V2HorizontalPodAutoscaler",
    "Job": "V1Job",
    "Lease": "V1Lease",
    "Namespace": "V1Namespace",
    "Node": "V1Node",
    "PersistentVolumeClaim": "V1PersistentVolumeClaim",
    "Pod": "V1Pod",
    "PodDisruptionBudget": "V1PodDisruptionBudget",
    "ReplicaSet": "V1ReplicaSet",
    "Role": "V1Role",
    "RoleBinding": "V1RoleBinding",
    "Scale": "V1Scale",
    "Secret": "V1Secret",
    "SelfSubjectAccessReview": "V1SelfSubjectAccessReview",
    "ServiceAccount": "V1ServiceAccount",
    "StatefulSet": "V1StatefulSet",
    "VolumeAttachment": "V1VolumeAttachment",
}
_OPAQUE = frozenset({"V1JSONSchemaProps"})  # taken as it comes
_LEFT_OUT = frozenset({"managedFields"})  # the server's own, and not modelled
_CLASS = re.compile(r"\b(?:V\d|CoreV\d|ApiextensionsV\d|RbacV\d)\w+")

Document = dict[str, dict[str, Any]]


def document() -> Document:
    """Each kind's type, and each type's fields, for everything that can be reached from the kinds that are modelled."""
    from kubernetes.client import models  # noqa: PLC0415 - only the generator needs them

    found: dict[str, dict[str, str]] = {}
    waiting = sorted(KINDS.values())
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = _fields(getattr(models, name))
            waiting += [each for kind in found[name].values() for each in _CLASS.findall(kind)]
    return {"kinds": KINDS, "types": dict(sorted(found.items()))}


def _fields(model: Any) -> dict[str, str]:
    fields = {model.attribute_map[name]: kind for name, kind in model.openapi_types.items()}
    return {
        name: "object" if kind in _OPAQUE else kind for name, kind in sorted(fields.items()) if name not in _LEFT_OUT
    }


def text(of: Document) -> str:
    """A type a line, so that an upgrade reads well in a diff."""
    sections = []
    for name, entries in of.items():
        lines = (f"{json.dumps(key)}: {json.dumps(value)}" for key, value in entries.items())
        sections.append(f"{json.dumps(name)}: {{\n" + ",\n".join(lines) + "\n}")
    return "{" + ",\n".join(sections) + "}\n"


if __name__ == "__main__":
    FILE.write_text(text(document()))
