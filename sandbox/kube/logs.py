"""pods/log: what containers said, fetched from the kubelet of the pod's node as the real API server does it."""

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import httpx
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from sandbox.kube import times
from sandbox.kube.exchange import Exchange
from sandbox.kube.problems import forbidden
from sandbox.kube.problems import invalid as invalid_field
from sandbox.kube.status import StatusError, bad_request, invalid

Object = dict[str, Any]

_FLAGS = ("follow", "previous", "timestamps")
_NUMBERS = {"sinceSeconds": 1, "tailLines": 0, "limitBytes": 1}  # each with its least value
_ADDRESS = "InternalIP"  # the first choice of --kubelet-preferred-address-types
_PORT = 10250  # of a kubelet that does not say
_PATIENCE = httpx.Timeout(30, read=None)


async def read(exchange: Exchange) -> Response:
    """The log as text; 204 where the pod is on no node yet."""
    options = _options(exchange)
    target = exchange.target
    pod = exchange.objects.read(target.resource, target.namespace, target.name).object
    container = _container(pod, exchange.query.get("container", ""))
    node = pod["spec"].get("nodeName")
    if not node:
        return Response(status_code=HTTPStatus.NO_CONTENT)
    host = _kubelet(exchange.objects.read(exchange.objects.catalogue.named("nodes"), "", node).object)
    path = f"/containerLogs/{target.namespace}/{target.name}/{container}"
    url = f"https://{host}{path}{'?' if options else ''}{urlencode(options)}"
    return await _fetch(url, target.name, follow="follow" in options)


def _options(exchange: Exchange) -> dict[str, str]:
    """What the kubelet is told of the question."""
    numbers = {name: exchange.number(name) for name in _NUMBERS}
    causes = [
        invalid_field(name, given, "must be greater than 0")
        for name, given in numbers.items()
        if given is not None and given < _NUMBERS[name]
    ]
    moment = exchange.query.get("sinceTime")
    if moment and not times.is_rfc3339(moment):
        raise bad_request(f'parsing time "{moment}" as "2006-01-02T15:04:05Z07:00": cannot parse "{moment}"')
    if moment and numbers["sinceSeconds"] is not None:
        causes.append(forbidden("", "at most one of `sinceTime` or `sinceSeconds` may be specified"))
    if causes:
        raise invalid("PodLogOptions", "", exchange.target.name, causes)
    return {
        **{name: "true" for name in _FLAGS if exchange.flag(name)},
        **{name: str(given) for name, given in numbers.items() if given is not None},
        **({"sinceTime": times.seconds(times.parse(moment))} if moment else {}),
    }


def _container(pod: Object, asked: str) -> str:
    """The one that is asked for, or the only one there is beside those that initialise."""
    name, spec = pod["metadata"]["name"], pod["spec"]
    main = spec["containers"]
    names = [each["name"] for each in (*(spec.get("initContainers") or ()), *main)]
    if asked and asked not in names:
        raise bad_request(f"container {asked} is not valid for pod {name}")
    if not asked and len(main) > 1:
        choices = " ".join(names)
        raise bad_request(f"a container name must be specified for pod {name}, choose one of: [{choices}]")
    return asked or str(main[0]["name"])


def _kubelet(node: Object) -> str:
    """Host and port of a node's kubelet."""
    status = node["status"]
    addresses = status.get("addresses") or []
    address = next((each["address"] for each in addresses if each["type"] == _ADDRESS), None)
    if address is None:
        known = " ".join(each["type"] for each in addresses)
        raise StatusError(code=500, reason="", message=f"no preferred addresses found; known addresses: [{known}]")
    return f"{address}:{status['daemonEndpoints']['kubeletEndpoint']['Port'] or _PORT}"


async def _fetch(url: str, pod: str, *, follow: bool) -> Response:
    client = httpx.AsyncClient(
        verify=False,  # noqa: S501 - nor does the real one, without --kubelet-certificate-authority
        trust_env=False,
        timeout=_PATIENCE,
    )
    try:
        answer = await client.send(client.build_request("GET", url), stream=True)
    except httpx.ConnectError as fault:
        await client.aclose()
        host = httpx.URL(url).netloc.decode()
        why = f'Get "{url}": dial tcp {host}: connect: connection refused'
        raise StatusError(code=500, reason="", message=why) from fault
    except httpx.TransportError as fault:
        await client.aclose()
        raise StatusError(code=500, reason="", message=f'Get "{url}": EOF') from fault
    if answer.is_success and follow:
        return StreamingResponse(_relay(client, answer), media_type="text/plain")
    try:
        await answer.aread()
    finally:
        await client.aclose()
    if not answer.is_success:
        raise _refusal(answer, pod)
    return PlainTextResponse(answer.content)


async def _relay(client: httpx.AsyncClient, answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.aiter_bytes():
            yield chunk
    finally:
        await answer.aclose()
        await client.aclose()


def _refusal(answer: httpx.Response, pod: str) -> StatusError:
    """What the API server makes of a kubelet's refusal (GenericHttpResponseChecker)."""
    if answer.status_code == HTTPStatus.BAD_REQUEST:
        return bad_request(answer.text)
    if answer.status_code == HTTPStatus.NOT_FOUND:
        words = f"the server could not find the requested resource ( pods/log {pod})"
        details = {"name": pod, "kind": "pods/log"}
        return StatusError(code=404, reason="NotFound", message=words, details=details)
    return StatusError(
        code=500,
        reason="InternalError",
        message=f"Internal error occurred: {answer.text}",
        details={"causes": [{"message": answer.text}]},
    )
