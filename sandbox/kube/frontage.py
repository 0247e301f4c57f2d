"""What stands before an API server's own work: a request's words for the books, and refusals that faults ask for."""

import json
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

from sandbox.kube.exchange import document
from sandbox.kube.status import StatusError

_REASONS = {409: "Conflict", 429: "TooManyRequests", 500: "InternalError", 503: "ServiceUnavailable", 504: "Timeout"}


def json_object(body: bytes) -> dict[str, Any]:
    """The body as the books keep it; empty where it is no JSON, under "" where it is no object."""
    try:
        decoded = json.loads(body) if body else {}
    except ValueError:
        return {}
    return decoded if isinstance(decoded, dict) else {"": decoded}


def name_in(given: dict[str, Any]) -> str:
    """Of the object in a body, for a request whose path doesn't say it."""
    metadata = given.get("metadata")
    return str(metadata.get("name") or "") if isinstance(metadata, dict) else ""


def refusal(error: StatusError) -> Response:
    response = document(error.body, error.code)
    if error.retry_after:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def struck(status: int) -> Response:
    """The answer that a fault gives instead of the API."""
    return refusal(StatusError(code=status, reason=_REASONS.get(status, ""), message=HTTPStatus(status).phrase))
