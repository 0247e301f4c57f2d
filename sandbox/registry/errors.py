"""How the registry says no: the distribution protocol's error list."""

from starlette.responses import JSONResponse

from sandbox.google.roles import DOWNLOAD

_INJECTED = {
    401: ("UNAUTHORIZED", "authentication failed"),
    403: ("DENIED", "Permission denied"),
    404: ("MANIFEST_UNKNOWN", "Requested entity was not found."),
    429: ("TOOMANYREQUESTS", "Quota exceeded for quota metric 'Requests per project per region'"),
    503: ("UNAVAILABLE", "Service Unavailable"),
}
_NOBODY = "Unauthenticated request. Unauthenticated requests"


def refusal(status: int, code: str, message: str) -> JSONResponse:
    """One error, with the protocol's code."""
    return JSONResponse({"errors": [{"code": code, "message": message}]}, status_code=status)


def injected(status: int) -> JSONResponse:
    """The body that goes with a status which a fault demands."""
    code, message = _INJECTED.get(status, ("UNKNOWN", "Internal error."))
    return refusal(status, code, message)


def denied(email: str | None, repository: str) -> JSONResponse:
    """403, in the words that end up in a pull failure."""
    why = f'Permission "{DOWNLOAD}" denied' if email else f'{_NOBODY} do not have permission "{DOWNLOAD}"'
    return refusal(403, "DENIED", f'{why} on resource "{repository}" (or it may not exist)')
