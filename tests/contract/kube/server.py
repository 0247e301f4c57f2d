"""An API server to hold to the contract: where it is, whom to be, and nothing else of it."""

import itertools
import json
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import pytest
from kubernetes import client

Object = dict[str, Any]
Api = Any  # one of the generated client's API classes, whose every field is Optional to a type checker
_NUMBERS = itertools.count(1)
PATIENCE = 60  # seconds: real controllers on a busy machine take their time


@dataclass(frozen=True, kw_only=True)
class Server:
    """A kube-apiserver whose controllers and scheduler run. What else a test needs it makes itself, over the API."""

    url: str
    ca: Path
    token: str
    forget: Callable[[], None]  # compact the history: what is older can't be shown again
    kubectl: Path | None = None  # where there is one to try on this server
    publishes_ca: bool = False  # whether a controller puts a ConfigMap into every new namespace

    def connect(self) -> client.ApiClient:
        """The real Python client, for whoever closes it."""
        configuration = client.Configuration(host=self.url)
        configuration.ssl_ca_cert = str(self.ca)
        configuration.api_key = {"authorization": self.token}
        configuration.api_key_prefix = {"authorization": "Bearer"}
        configuration.retries = 0
        return client.ApiClient(configuration)

    @cached_property
    def api_client(self) -> client.ApiClient:
        """One for all tests."""
        return self.connect()

    @cached_property
    def raw(self) -> httpx.Client:
        """For what the Python client does not let anybody send, or does not show."""
        headers = {"authorization": f"Bearer {self.token}"}
        return httpx.Client(
            base_url=self.url, headers=headers, verify=ssl.create_default_context(cafile=str(self.ca)), timeout=PATIENCE
        )

    def close(self) -> None:
        self.api_client.close()  # type: ignore[no-untyped-call] # the generated client has no types
        self.raw.close()


def refusal(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Object:
    """The Status that refuses a call."""
    with pytest.raises(client.ApiException) as caught:
        call(*args, **kwargs)
    status: Object = json.loads(caught.value.body or "{}")
    return status


def eventually(condition: Callable[[], bool], *, within: float = PATIENCE) -> None:
    """Some things a server, or a controller, does a moment later."""
    end = time.monotonic() + within
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < end, "it never came true"
        pause.wait(0.02)


def told(
    raw: httpx.Client, path: str, *, count: int = 1000, until: Callable[[Object], bool] = lambda _: False, **query: Any
) -> list[Object]:
    """The events of a watch: so many, or up to the one that is waited for, or all that came before it ended."""
    events: list[Object] = []
    with raw.stream("GET", path, params={"watch": "true", "timeoutSeconds": PATIENCE, **query}) as answer:
        for line in answer.iter_lines():
            events.append(json.loads(line))
            if len(events) == count or until(events[-1]):
                break
    return events


def fresh(prefix: str) -> str:
    """A name that no other test uses."""
    return f"{prefix}-{next(_NUMBERS)}"


def pod(name: str, *, node: str = "", labels: dict[str, str] | None = None, **spec: Any) -> Object:
    """A pod of one container that the scheduler leaves alone; on `node`, where one is given, nothing runs it."""
    container = {"name": "app", "image": "registry.example/app:v1"}
    placed = {"nodeName": node} if node else {}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels or {}},
        "spec": {"containers": [container], "schedulerName": "nobody", **placed, **spec},
    }
