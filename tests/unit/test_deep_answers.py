"""An answer that is nested more deeply than Python follows says nothing: it is an answer of its own, and no crash."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from google.auth.transport.requests import AuthorizedSession
from google.oauth2.credentials import Credentials
from requests import Response

from functions.adapters import kube_watch
from functions.adapters.google_session import GoogleSession
from functions.adapters.kube_answers import Answer, error
from functions.adapters.kube_resources import PODS, REFRESHES
from functions.errors import Refused, Retryable

DEEP = b"[" * 100_000


def test_of_the_kubernetes_api() -> None:
    answer = Answer(status=403, body=DEEP)

    assert (answer.json, answer.has_cause("DisruptionBudget")) == ({}, False)
    assert isinstance(error(answer, "list", REFRESHES, ""), Refused)


def test_of_a_watch() -> None:
    class Api:
        @contextmanager
        def stream(self, *_: object, **__: object) -> Iterator[list[bytes]]:
            yield [DEEP, b"\n"]

    one: Any = Api()
    with pytest.raises(Retryable, match="no JSON"):
        next(kube_watch.once(one, PODS, "1", {}, seconds=1))


@pytest.mark.parametrize("status, raised", [(200, Retryable), (400, Refused), (403, Refused), (503, Retryable)])
def test_of_google(monkeypatch: pytest.MonkeyPatch, status: int, raised: type[Exception]) -> None:
    answer = Response()
    answer.status_code, answer._content = status, DEEP
    monkeypatch.setattr(AuthorizedSession, "request", lambda *_, **__: answer)
    session = GoogleSession(Credentials("token"))  # type: ignore[no-untyped-call]  # ships no types

    with pytest.raises(raised, match=f": {status}"):
        session.get("https://compute.googleapis.com/compute/v1/projects/acme", permission="compute.projects.get")
