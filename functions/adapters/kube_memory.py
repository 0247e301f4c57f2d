"""What repull remembers of a cluster beyond one refresh: a ConfigMap with JSON in each key.

People write to it as well: the pause is theirs, and only they close the circuit breaker, by taking its key away.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from functions.adapters import kube_times
from functions.adapters.kube_api import KubeApi
from functions.adapters.kube_config_map import Data, KubeConfigMap
from functions.errors import Refused
from functions.model.refresh import Method
from functions.ownership import NAMESPACE
from functions.ports import Brakes, Pause, Renewal

NAME = "state"
RENEWALS = "renewals"
PAUSED = "paused"
BREAKER = "breaker"
COUNTED_FROM = "counted-from"
"""When the breaker tripped last: what happened until then does not trip it again once a person has closed it."""
KEPT = 1000
"""Renewals remembered: all of the usual cooldown, though the breaker let through the most that it can be set to.

A ConfigMap holds 1 MiB.
"""


class KubeMemory:
    """`ports.Memory` over the API."""

    def __init__(self, api: KubeApi) -> None:
        self._map = KubeConfigMap(api, NAME)

    def renewals(self) -> tuple[Renewal, ...]:
        return _renewals(self._map.data())

    def remember(self, renewal: Renewal) -> None:
        self._change_renewals(lambda known: _with(known, renewal)[-KEPT:])

    def forget(self, renewal: Renewal) -> None:
        self._change_renewals(lambda known: tuple(each for each in known if not _same(each, renewal)))

    def brakes(self) -> Brakes:
        data = self._map.data()
        brakes = Brakes(
            pause=pause_in(data),
            tripped=str(_object(data[BREAKER]).get("why", data[BREAKER])) if BREAKER in data else None,
        )
        try:
            return replace(brakes, renewals=_renewals(data), counted_from=_counted_from(data))
        except Refused as problem:
            return replace(brakes, unreadable=str(problem))

    def trip(self, why: str, at: datetime) -> None:
        moment = kube_times.micro(at)
        latch = {BREAKER: json.dumps({"why": why, "at": moment}), COUNTED_FROM: moment}
        self._map.change(lambda data: data if BREAKER in data else data | latch)

    def _change_renewals(self, change: Callable[[tuple[Renewal, ...]], tuple[Renewal, ...]]) -> None:
        def changed(data: Data) -> Data:
            known = _renewals(data)
            wanted = change(known)
            return data if wanted == known else data | {RENEWALS: _written(wanted)}

        self._map.change(changed)


def _written(renewals: tuple[Renewal, ...]) -> str:
    return json.dumps(
        [
            {
                "instance": each.instance,
                "cause": each.cause,
                "at": kube_times.micro(each.at),
                "refresh": each.refresh,
                "method": each.method.value,
                "became": each.became,
                "pool": each.pool,
            }
            for each in renewals
        ]
    )


def _renewals(data: Data) -> tuple[Renewal, ...]:
    """Raises Refused where the key holds something else: guessing could renew a machine again."""
    text = data.get(RENEWALS)
    if not text:
        return ()
    try:
        rows = json.loads(text)
        return tuple(
            Renewal(
                instance=str(row["instance"]),
                cause=str(row["cause"]),
                at=_moment(row["at"]),
                refresh=str(row["refresh"]),
                method=Method(row.get("method", Method.RESET)),  # older versions knew no other
                became=str(row.get("became", "")),
                pool=str(row.get("pool", "")),
            )
            for row in rows
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _unreadable(RENEWALS, error) from error


def pause_in(data: Data) -> Pause | None:
    """Whatever a person has written there pauses the cluster; None where nothing is."""
    if PAUSED not in data:
        return None
    text = data[PAUSED]
    found = _object(text)
    return Pause(
        by=str(found.get("by", "")),
        why=str(found.get("why", "" if found else text)),
        at=_moment_if_any(found.get("at")),
    )


def _object(text: str) -> dict[str, Any]:
    """The JSON object; {} where it is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _counted_from(data: Data) -> datetime | None:
    try:
        return kube_times.parse(data.get(COUNTED_FROM))
    except ValueError as error:
        raise _unreadable(COUNTED_FROM, error) from error


def _unreadable(key: str, error: Exception) -> Refused:
    return Refused(
        f"ConfigMap {NAMESPACE}/{NAME}: data.{key} can't be read ({error}); mend it, or forget the cooldowns, the "
        f"pause and the breaker with kubectl -n {NAMESPACE} delete configmap {NAME}"
    )


def _with(known: tuple[Renewal, ...], renewal: Renewal) -> tuple[Renewal, ...]:
    """In the place of the row about the same renewal, where there is one: nothing is counted twice."""
    if not any(_same(each, renewal) for each in known):
        return (*known, renewal)
    return tuple(renewal if _same(each, renewal) else each for each in known)


def _same(one: Renewal, other: Renewal) -> bool:
    return (one.instance, one.at, one.refresh) == (other.instance, other.at, other.refresh)


def _moment_if_any(text: object) -> datetime | None:
    """None for what is no time too: a hand may have written it, and nothing depends on it."""
    with suppress(ValueError):
        return kube_times.parse(text)
    return None


def _moment(text: str) -> datetime:
    moment = kube_times.parse(text)
    if moment is None:
        raise ValueError(f"no time: {text!r}")
    return moment
