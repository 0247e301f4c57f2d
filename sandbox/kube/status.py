"""Kubernetes' own way to say no: a Status object, worded as the real API server words it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.kube.resources import Resource


@dataclass(frozen=True, kw_only=True, slots=True)
class Cause:
    """One entry of `details.causes`."""

    reason: str
    message: str
    field: str = ""

    def as_json(self) -> dict[str, str]:
        entry = {"reason": self.reason, "message": self.message}
        return {**entry, "field": self.field} if self.field else entry


@dataclass(kw_only=True)
class StatusError(Exception):
    """A refusal. `body` is what goes over the wire."""

    code: int
    reason: str
    message: str
    details: dict[str, Any] | None = None
    continue_: str = ""  # where to go on, for a list that can't be shown as it was begun

    def __str__(self) -> str:
        return f"{self.code} {self.reason}: {self.message}"

    @property
    def body(self) -> dict[str, Any]:
        status: dict[str, Any] = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure"}
        if self.continue_:
            status["metadata"] = {"continue": self.continue_}
        status["message"] = self.message
        if self.reason:
            status["reason"] = self.reason
        if self.details is not None:
            status["details"] = self.details
        return {**status, "code": self.code}

    @property
    def retry_after(self) -> int:
        """Seconds for the Retry-After header, 0 for none."""
        return int((self.details or {}).get("retryAfterSeconds", 0))


def _about(resource: Resource, name: str) -> dict[str, Any]:
    details = {"name": name, "group": resource.group, "kind": resource.plural}
    return {key: value for key, value in details.items() if value}


def not_found(resource: Resource, name: str) -> StatusError:
    """404."""
    return StatusError(
        code=404,
        reason="NotFound",
        message=f'{resource.qualified} "{name}" not found',
        details=_about(resource, name),
    )


def already_exists(resource: Resource, name: str) -> StatusError:
    """409, at a create."""
    message = f'{resource.qualified} "{name}" already exists'
    return StatusError(code=409, reason="AlreadyExists", message=message, details=_about(resource, name))


def conflict(resource: Resource, name: str, why: str) -> StatusError:
    """409: a precondition does not hold."""
    message = f'Operation cannot be fulfilled on {resource.qualified} "{name}": {why}'
    return StatusError(code=409, reason="Conflict", message=message, details=_about(resource, name))


def modified(resource: Resource, name: str) -> StatusError:
    """Somebody else was faster."""
    why = "the object has been modified; please apply your changes to the latest version and try again"
    return conflict(resource, name, why)


def invalid(kind: str, group: str, name: str, causes: Sequence[Cause]) -> StatusError:
    """422, naming every field that is wrong."""
    texts = list(dict.fromkeys(f"{cause.field}: {cause.message}" for cause in causes))
    listed = texts[0] if len(texts) == 1 else f"[{', '.join(texts)}]"
    qualified = f"{kind}.{group}" if group else kind
    details = {"name": name, "group": group, "kind": kind}
    return StatusError(
        code=422,
        reason="Invalid",
        message=f'{qualified} "{name}" is invalid: {listed}',
        details={key: value for key, value in details.items() if value}
        | {"causes": [cause.as_json() for cause in causes]},
    )


def forbidden(resource: Resource, name: str, why: str, *causes: Cause) -> StatusError:
    """403, by admission."""
    details = _about(resource, name)
    if causes:
        details["causes"] = [cause.as_json() for cause in causes]
    message = f'{resource.qualified} "{name}" is forbidden: {why}'
    return StatusError(code=403, reason="Forbidden", message=message, details=details)


def not_permitted(resource: Resource, name: str, why: str) -> StatusError:
    """403, by the authorizer."""
    named = f' "{name}"' if name else ""
    message = f"{resource.qualified}{named} is forbidden: {why}"
    return StatusError(code=403, reason="Forbidden", message=message, details=_about(resource, name))


def bad_request(message: str) -> StatusError:
    """400: what can't be understood."""
    return StatusError(code=400, reason="BadRequest", message=message)


def unauthorized() -> StatusError:
    """401: the token names nobody."""
    return StatusError(code=401, reason="Unauthorized", message="Unauthorized")


def gone(message: str) -> StatusError:
    """410: too long ago."""
    return StatusError(code=410, reason="Expired", message=message)


def method_not_allowed() -> StatusError:
    """405."""
    message = "the server does not allow this method on the requested resource"
    return StatusError(code=405, reason="MethodNotAllowed", message=message, details={})


def unsupported_media_type(*accepted: str) -> StatusError:
    """415."""
    message = (
        "the body of the request was in an unknown format - accepted media types include: " + ", ".join(accepted)
    )  # fmt: skip
    return StatusError(code=415, reason="UnsupportedMediaType", message=message)


def not_modelled(what: str) -> StatusError:
    """The sandbox's own refusal: it never guesses what the real server would do."""
    return StatusError(code=501, reason="NotImplemented", message=f"the sandbox does not model {what}")


def success(code: int, details: dict[str, Any]) -> dict[str, Any]:
    """The Status of a success that has no object to show."""
    status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
    shown = {**status, "details": details} if details else status
    return {**shown, "code": code} if code != 200 else shown


def encode(body: dict[str, Any]) -> bytes:
    """Compact JSON."""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
