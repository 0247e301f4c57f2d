"""How Google's JSON APIs say no."""

from starlette.responses import JSONResponse

# google.rpc.Code by HTTP status, and the older `reason` that Compute prints beside it
_WORDS = {
    400: ("INVALID_ARGUMENT", "invalid"),
    401: ("UNAUTHENTICATED", "required"),
    403: ("PERMISSION_DENIED", "forbidden"),
    404: ("NOT_FOUND", "notFound"),
    409: ("ALREADY_EXISTS", "alreadyExists"),
    429: ("RESOURCE_EXHAUSTED", "rateLimitExceeded"),
    500: ("INTERNAL", "backendError"),
    501: ("UNIMPLEMENTED", "notImplemented"),
    503: ("UNAVAILABLE", "backendError"),
    504: ("DEADLINE_EXCEEDED", "backendError"),
}


class GoogleError(Exception):
    """Raised by the work behind a route; the door turns it into an answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def not_found(path: str) -> GoogleError:
    """As Compute words it."""
    return GoogleError(404, f"The resource '{path}' was not found")


def error_response(status: int, message: str) -> JSONResponse:
    """The body that google-api-core and google-auth take apart."""
    code, reason = _WORDS.get(status, ("UNKNOWN", "backendError"))
    error = {
        "code": status,
        "message": message,
        "status": code,
        "errors": [{"message": message, "domain": "global", "reason": reason}],
    }
    return JSONResponse({"error": error}, status_code=status)
