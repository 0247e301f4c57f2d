"""What each account needs, by the code: the permissions that stand beside the calls of what its function can reach."""

import dataclasses
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials

from functions import bootstrap
from functions.settings import read_settings

ACCOUNTS = ("diagnose", "refresh")
_SETTINGS = read_settings(
    {
        "REPULL_CLUSTERS": "acme-prod/us-central1/main",
        "REPULL_STEP_TOPIC": "projects/acme-prod/topics/node-refresh",
        "REPULL_DEAD_LETTER_TOPIC": "projects/acme-prod/topics/dead-letters",
    }
)


def in_google(account: str) -> frozenset[str]:
    """Whatever the settings: what is asked for only where a setting says so is among it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("google.auth.default", lambda **_: (AnonymousCredentials(), "acme-prod"))  # type: ignore[no-untyped-call]
        ports = bootstrap.diagnosis(_SETTINGS)[0] if account == "diagnose" else bootstrap.refresh(_SETTINGS)
    modules = {type(each).__module__ for each in _reached(ports, set())}
    declared = (permission for name in modules for permission in getattr(sys.modules[name], "PERMISSIONS", ()))
    return frozenset(permission for permission in declared if isinstance(permission, str))


def _reached(thing: Any, seen: set[int]) -> Iterator[Any]:
    """What it holds that is of the product, and what that holds."""
    if id(thing) in seen or not type(thing).__module__.startswith("functions."):
        return
    seen.add(id(thing))
    yield thing
    for each in _held(thing):
        yield from _reached(each, seen)


def _held(thing: Any) -> Iterator[Any]:
    if isinstance(thing, bootstrap._LazyCompute):
        yield thing()
    elif isinstance(thing, bootstrap._LazyOutbox):
        yield thing._loaded()
    elif dataclasses.is_dataclass(thing):
        yield from (getattr(thing, field.name) for field in dataclasses.fields(thing))
    else:
        yield from vars(thing).values()
