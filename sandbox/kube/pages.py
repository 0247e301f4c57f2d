"""Lists in pages: all of them show the state of the first, as long as that is remembered."""

import base64
import binascii
import json
from collections import OrderedDict
from collections.abc import Callable

from sandbox.kube.status import StatusError, bad_request
from sandbox.kube.storage import Key, Version

Current = tuple[int, list[Version]]  # a list, and the revision that it shows

_OPEN_LISTS = 256  # how many half-read lists are remembered
_NOW = -1  # instead of a revision: go on with what is there now
_TOO_OLD = (
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
    "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. "
    "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or "
    "deleted between the time the first chunk was returned and now may show up in the list."
)


class Pages:
    """What is left of lists that were cut by a limit."""

    def __init__(self) -> None:
        self._rests: OrderedDict[str, list[Version]] = OrderedDict()

    def keep(self, revision: int, last: Version, rest: list[Version]) -> str:
        """A token for the pages after the one that ends with `last`."""
        token = _encode(revision, _key(last))
        self._rests[token] = rest
        if len(self._rests) > _OPEN_LISTS:
            self._rests.popitem(last=False)
        return token

    def take(self, token: str, forgotten: int, now: Callable[[], Current]) -> Current:
        """May be asked twice for the same page: a reader whose connection broke asks again.

        410 where the first page's state is `forgotten`, with a token that goes on with what is there `now`.
        """
        revision, last = _decode(token)
        if revision == _NOW:
            revision, found = now()
            return revision, [each for each in found if _key(each) > last]
        if token not in self._rests or revision < forgotten:
            raise StatusError(code=410, reason="Expired", message=_TOO_OLD, continue_=_encode(_NOW, last))
        return revision, self._rests[token]


def _key(version: Version) -> Key:
    metadata = version.object["metadata"]
    return metadata.get("namespace", ""), metadata["name"]


def _encode(revision: int, last: Key) -> str:
    start = "/".join(filter(None, last)) + "\0"
    token = json.dumps({"v": "meta.k8s.io/v1", "rv": revision, "start": start}, separators=(",", ":"))
    return base64.urlsafe_b64encode(token.encode()).decode().rstrip("=")


def _decode(token: str) -> tuple[int, Key]:
    try:
        said = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        namespace, _, name = said["start"].removesuffix("\0").rpartition("/")
        return int(said["rv"]), (namespace, name)
    except (binascii.Error, ValueError, LookupError, TypeError, AttributeError) as error:
        raise bad_request(f"invalid continue token: continue key is not valid: {error}") from error
