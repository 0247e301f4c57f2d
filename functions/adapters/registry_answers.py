"""What a registry's answer says, and what to do where it is no answer to the question."""

from typing import Any

from requests import Response

from functions.adapters import json_text
from functions.adapters.tokens import not_accepted
from functions.text import cut

NOT_THERE = frozenset({"MANIFEST_UNKNOWN", "NAME_UNKNOWN", "NAME_INVALID", "NOT_FOUND"})
"""Codes of the distribution protocol with which a registry itself says that there is no such thing."""

_STATUS_PAGE = "https://status.cloud.google.com"


class Unclear(Exception):
    """The registry gave no usable answer; the text says what was asked and answered."""


def content(response: Response, asked: str) -> dict[str, Any]:
    """The JSON object of an answer; raises Unclear where something else came."""
    try:
        found = json_text.read(response.content)
    except ValueError as error:
        raise Unclear(f"{asked}: {response.status_code}, but not JSON; {SOMETHING_ON_THE_WAY}") from error
    if not isinstance(found, dict):
        raise Unclear(f"{asked}: {response.status_code}, but no object")
    return found


SOMETHING_ON_THE_WAY = "something on the way answered in the registry's place: look for a proxy or a sign-in page"


def code(response: Response) -> str:
    """The first error's code in the distribution protocol's list; "" where the body is something else."""
    return _first(response)[0]


def words(response: Response) -> str:
    """The first error, else the beginning of the body."""
    found, message = _first(response)
    return cut(f"{found}: {message}") if found else cut(response.text)


def is_page(response: Response) -> bool:
    """An HTML page: no registry speaks so."""
    return response.headers.get("Content-Type", "").lower().startswith("text/html")


def remedy(response: Response, *, who: str, grant: str) -> str:
    """What to do about a status that answers nothing: to a token of `who`, whom `grant` would let in."""
    status = response.status_code
    if is_page(response):
        return SOMETHING_ON_THE_WAY
    if status == 401:
        return not_accepted(who)
    if status == 403:
        return grant
    if status == 429:
        return "too many requests: wait, or raise the quota of Artifact Registry's requests"
    if status >= 500:
        return f"the registry fails by itself: wait, and look at {_STATUS_PAGE}"
    return "the registry does not usually answer so: ask it by hand"


def _first(response: Response) -> tuple[str, str]:
    try:
        error = json_text.read(response.content)["errors"][0]
        return str(error["code"]), str(error["message"])
    except (ValueError, KeyError, TypeError, IndexError):
        return "", ""
