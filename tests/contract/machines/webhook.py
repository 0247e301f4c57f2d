"""A mutating admission webhook: a real one where the API server is real."""

import base64
import copy
import json
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.kube.certificates import issue
from sandbox.serving import serve
from tests.contract.machines.lab import Lab, Object, until

Change = Callable[[Object], None]
"""What is done to a new pod, in place."""

_TRIAL = "webhook-trial"  # a pod that is only marked
_PATH = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"


@asynccontextmanager
async def webhook(lab: Lab, namespace: str, change: Change) -> AsyncIterator[None]:
    """While this lasts, `change` is done to every pod that is made in the namespace."""
    api = lab.ground.api
    if api is None:
        async with _real(lab, namespace, change):
            yield
        return
    api.store.rules.admission.webhooks.append(change)
    try:
        yield
    finally:
        api.store.rules.admission.webhooks.remove(change)


@asynccontextmanager
async def _real(lab: Lab, namespace: str, change: Change) -> AsyncIterator[None]:
    name = f"{lab.namespace}.test"

    async def review(request: Request) -> JSONResponse:
        return JSONResponse(_reviewed(await request.json(), change, name))

    async with AsyncExitStack() as stack:
        with tempfile.TemporaryDirectory() as folder:
            certificate = issue(Path(folder))
            app = Starlette(routes=[Route("/", review, methods=["POST"])])
            served = await serve(app, certificate=certificate)
            stack.push_async_callback(served.stop)
            authority = base64.b64encode(certificate.ca.read_bytes()).decode()
        http = lab.client._http
        async with http.post(_PATH, json=_configuration(name, namespace, served.url, authority)) as answer:
            answer.raise_for_status()
        try:
            await until(lambda: _is_asked(lab, namespace, name))
            yield
        finally:
            async with http.delete(f"{_PATH}/{name}") as answer:
                answer.raise_for_status()
            await until(lambda: _is_forgotten(lab, namespace, name))


def _configuration(name: str, namespace: str, url: str, authority: str) -> Object:
    """Of a webhook at `url`, for whose certificate `authority` vouches."""
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": {"name": name},
        "webhooks": [
            {
                "name": f"pods.{name}",
                "clientConfig": {"url": f"{url}/", "caBundle": authority},
                "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}],
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
                "sideEffects": "None",
                "admissionReviewVersions": ["v1"],
            }
        ],
    }


def _reviewed(review: Any, change: Change, name: str) -> Object:
    """The review with its answer, a JSON patch; a mark says that we were here."""
    asked = review["request"]
    pod: Object = copy.deepcopy(asked["object"])
    labels = {**(pod["metadata"].get("labels") or {}), "changed-by": name}
    if pod["metadata"]["name"] != _TRIAL:
        change(pod)
    patch = [
        {"op": "replace", "path": "/spec", "value": pod["spec"]},
        {"op": "add", "path": "/metadata/labels", "value": labels},
    ]
    answer = {
        "uid": asked["uid"],
        "allowed": True,
        "patchType": "JSONPatch",
        "patch": base64.b64encode(json.dumps(patch).encode()).decode(),
    }
    return {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": answer}


async def _is_asked(lab: Lab, namespace: str, name: str) -> bool:
    """The API server takes notice of a configuration a moment later."""
    refused_or_marked = await _try(lab, namespace)
    return name in refused_or_marked


async def _is_forgotten(lab: Lab, namespace: str, name: str) -> bool:
    return name not in await _try(lab, namespace)


async def _try(lab: Lab, namespace: str) -> str:
    """What a dry run of a pod that every policy lets in is answered."""
    restricted = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    pod = {
        "metadata": {"name": _TRIAL},
        "spec": {
            "securityContext": {"runAsNonRoot": True, "runAsUser": 65534, "seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [{"name": "app", "image": lab.image, "securityContext": restricted}],
        },
    }
    path = f"/api/v1/namespaces/{namespace}/pods"
    async with lab.client._http.post(path, params={"dryRun": "All"}, json=pod) as answer:
        return await answer.text()
