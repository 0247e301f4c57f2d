"""Pods from templates, and the hash by which a template is known again."""

import copy
import hashlib
import json
from typing import Any

from sandbox.objects.kinds import Object, name_of, namespace_of
from sandbox.objects.owners import controller_reference

HASH_LABEL = "pod-template-hash"
REVISION_LABEL = "controller-revision-hash"

_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


def template_hash(template: Object) -> str:
    """Ten letters that change with the template."""
    digest = hashlib.sha256(json.dumps(template, sort_keys=True).encode()).digest()
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:10])


def pod_from(
    template: Object, owner: Object, *, api_version: str, kind: str, name: str = "", **labels: str
) -> dict[str, Any]:
    """A pod of `owner`, not yet created. Where no name is given, it is its owner's and five letters more."""
    metadata = template.get("metadata") or {}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            **({"name": name} if name else {"generateName": f"{name_of(owner)}-"}),
            "namespace": namespace_of(owner),
            "labels": {**(metadata.get("labels") or {}), **labels},
            "annotations": dict(metadata.get("annotations") or {}),
            "ownerReferences": [controller_reference(owner, api_version=api_version, kind=kind)],
        },
        "spec": copy.deepcopy(template["spec"]),
    }
