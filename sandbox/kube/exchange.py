"""One request, as the handlers see it, and the answers that they give."""

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from sandbox.kube.decoding import decode, decode_object
from sandbox.kube.objects import Objects
from sandbox.kube.problems import unsupported
from sandbox.kube.routing import Target
from sandbox.kube.status import bad_request, encode, invalid, success, unsupported_media_type
from sandbox.kube.storage import Version

Object = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Exchange:
    objects: Objects
    target: Target
    query: dict[str, str]
    accept: str
    content_type: str
    body: bytes

    @property
    def dry_run(self) -> bool:
        asked = self.query.get("dryRun")
        if asked not in {None, "All"}:
            raise invalid(self._options, "meta.k8s.io", "", [unsupported("dryRun", [asked], ("All",))])
        return asked == "All"

    @property
    def strict(self) -> bool:
        """Fields that nobody knows are refused; otherwise they vanish."""
        asked, known = self.query.get("fieldValidation", ""), ("", "Ignore", "Strict", "Warn")
        if asked not in known:
            raise invalid(self._options, "meta.k8s.io", "", [unsupported("fieldValidation", asked, known)])
        return asked == "Strict"

    @property
    def _options(self) -> str:
        """The kind that the verb's options are of."""
        kinds = {"create": "CreateOptions", "update": "UpdateOptions", "patch": "PatchOptions"}
        return kinds.get(self.target.verb, "DeleteOptions")

    def flag(self, name: str) -> bool:
        return self.query.get(name) in {"1", "true", "True"}

    def number(self, name: str) -> int | None:
        """A non-negative number from the query, None where it is absent."""
        text = self.query.get(name, "")
        if not text:
            return None
        if not text.isdigit():
            raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
        return int(text)

    def decoded(self) -> Any:
        if self.content_type not in {"", "application/json"}:
            raise unsupported_media_type("application/json")
        return decode(self.body)

    def object(self) -> Object:
        """The body as an object of the target's resource."""
        if self.content_type not in {"", "application/json"}:
            raise unsupported_media_type("application/json")
        return decode_object(self.body, self.target.resource, strict=self.strict)


class Json(Response):
    """A JSON document that is already encoded."""

    media_type = "application/json"


def answer(version: Version, code: int = 200) -> Response:
    """The object itself."""
    return Json(version.raw, code)


def document(body: Object, code: int = 200) -> Response:
    """Any other JSON document."""
    return Json(encode(body), code)


def done(code: int = 200, **details: str) -> Response:
    """A Status that says Success, and about what."""
    return document(success(code, {key: value for key, value in details.items() if value}), code)
