"""How an object is shown: whole, its metadata only, or as rows of a table, as the Accept header asks."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from sandbox.kube.resources import Resource
from sandbox.kube.status import bad_request, encode
from sandbox.kube.storage import Version
from sandbox.kube.tables import columns_of, row_of
from sandbox.kube.times import now

_AS = re.compile(r"\bas=(\w+)")
_META = "meta.k8s.io/v1"


class View(Protocol):
    """`many` is also what a watch shows of one object, where the view is a table."""

    def single(self, version: Version, resource: Resource, /) -> bytes: ...

    def many(self, versions: Sequence[Version], resource: Resource, metadata: dict[str, object], /) -> bytes: ...


class _Whole:
    def single(self, version: Version, _: Resource) -> bytes:
        return version.raw

    def many(self, versions: Sequence[Version], resource: Resource, metadata: dict[str, object]) -> bytes:
        head = {"kind": resource.list_kind, "apiVersion": resource.api_version, "metadata": metadata}
        items = b",".join(each.item if resource.schema is None else each.raw for each in versions)
        return encode(head)[:-1] + b',"items":[' + items + b"]}"


class _MetadataOnly:
    def single(self, version: Version, _: Resource) -> bytes:
        return encode(_metadata_of(version))

    def many(self, versions: Sequence[Version], _: Resource, metadata: dict[str, object]) -> bytes:
        items = [_metadata_of(each) for each in versions]
        return encode({"kind": "PartialObjectMetadataList", "apiVersion": _META, "metadata": metadata, "items": items})


class _Table:
    """What stands beside a row's cells is what a client works on: kubectl sorts by it."""

    def __init__(self, beside: "_Beside") -> None:
        self._beside = beside

    def single(self, version: Version, resource: Resource) -> bytes:
        return self.many([version], resource, {"resourceVersion": str(version.revision)})

    def many(self, versions: Sequence[Version], resource: Resource, metadata: dict[str, object]) -> bytes:
        moment = now()
        rows = [{"cells": row_of(each.object, resource, at=moment), "object": self._beside(each)} for each in versions]
        table = {"kind": "Table", "apiVersion": _META, "metadata": metadata}
        return encode({**table, "columnDefinitions": columns_of(resource), "rows": rows})


def _metadata_of(version: Version) -> dict[str, Any]:
    return {"kind": "PartialObjectMetadata", "apiVersion": _META, "metadata": version.object["metadata"]}


def _all_of(version: Version) -> dict[str, Any]:
    return version.object


def _nothing_of(_: Version) -> None:
    return None


_Beside = Callable[[Version], dict[str, Any] | None]
_BESIDE: dict[str, _Beside] = {"": _metadata_of, "Metadata": _metadata_of, "Object": _all_of, "None": _nothing_of}
_WHOLE = _Whole()
_VIEWS: dict[str, View] = {
    "PartialObjectMetadata": _MetadataOnly(),
    "PartialObjectMetadataList": _MetadataOnly(),
}


def chosen(accept: str, query: Mapping[str, str]) -> View:
    """The first view that the Accept header names and that is known here; the whole object otherwise.

    Of a table, the query's includeObject says what stands beside the cells; 400 where it says what nobody knows.
    """
    for option in accept.split(","):
        named = _AS.search(option)
        if named is None or "json" not in option:
            if "application/json" in option and named is None:
                return _WHOLE
            continue
        if named[1] == "Table":
            return _Table(_included(query.get("includeObject", "")))
        if named[1] in _VIEWS:
            return _VIEWS[named[1]]
    return _WHOLE


def _included(asked: str) -> _Beside:
    if asked not in _BESIDE:
        says = f"includeObject: Invalid value: {json.dumps(asked)}: must be 'Metadata', 'Object', 'None', or empty"
        raise bad_request(f"Unable to convert to Table as requested: {says}")
    return _BESIDE[asked]
