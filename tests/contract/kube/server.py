"""An API server to hold to the contract: where it is, whom to be, and nothing else of it.

All of it but test_own_ways, test_books_and_faults, test_client and test_logs was seen to pass on kube-apiserver 1.34.4,
started with --allow-privileged.
"""

import itertools
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from kubernetes import client

Object = dict[str, Any]
Api = Any  # one of the generated client's API classes, whose every field is Optional to a type checker
_NUMBERS = itertools.count(1)


@dataclass(frozen=True, kw_only=True)
class Server:
    """Any kube-apiserver without controllers. What a test needs it makes itself, over the API."""

    url: str
    ca: Path
    token: str

    def connect(self) -> client.ApiClient:
        """The real Python client."""
        configuration = client.Configuration(host=self.url)
        configuration.ssl_ca_cert = str(self.ca)
        configuration.api_key = {"authorization": self.token}
        configuration.api_key_prefix = {"authorization": "Bearer"}
        configuration.retries = 0
        return client.ApiClient(configuration)


def refusal(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Object:
    """The Status that refuses a call."""
    with pytest.raises(client.ApiException) as caught:
        call(*args, **kwargs)
    status: Object = json.loads(caught.value.body or "{}")
    return status


def eventually(condition: Callable[[], bool], *, within: float = 10) -> None:
    """Some things a real server does a moment later."""
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, "it never came true"


def fresh(prefix: str) -> str:
    """A name that no other test uses."""
    return f"{prefix}-{next(_NUMBERS)}"


def pod(name: str, *, node: str = "", labels: dict[str, str] | None = None, **spec: Any) -> Object:
    """A pod of one container; on `node`, where one is given, it stays Pending for ever."""
    container = {"name": "app", "image": "registry.example/app:v1"}
    placed = {"nodeName": node} if node else {}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": labels or {}},
        "spec": {"containers": [container], **placed, **spec},
    }
