"""What repull remembers of a cluster beyond one refresh: a ConfigMap with JSON in each key."""

import json
from collections.abc import Callable
from datetime import datetime

from functions.adapters import kube_times
from functions.adapters.kube_api import KubeApi, Object
from functions.adapters.kube_resources import CONFIG_MAPS
from functions.errors import Conflict, NotFound, Refused
from functions.model.refresh import Method
from functions.ownership import NAMESPACE
from functions.ports import Renewal

PERMISSIONS = CONFIG_MAPS.may("get", "create", "update")

NAME = "state"
RENEWALS = "renewals"
KEPT = 200
"""Renewals remembered. Far more than a cooldown can need, far less than a ConfigMap holds (1 MiB)."""
TRIES = 8


class KubeMemory:
    """`ports.Memory` over the API."""

    def __init__(self, api: KubeApi) -> None:
        self._api = api

    def renewals(self) -> tuple[Renewal, ...]:
        return _renewals(self._api.get(CONFIG_MAPS, NAME, namespace=NAMESPACE))

    def remember(self, renewal: Renewal) -> None:
        self._change(lambda known: _with(known, renewal)[-KEPT:])

    def forget(self, renewal: Renewal) -> None:
        self._change(lambda known: tuple(each for each in known if not _same(each, renewal)))

    def _change(self, change: Callable[[tuple[Renewal, ...]], tuple[Renewal, ...]]) -> None:
        for _ in range(TRIES):
            found = self._api.get(CONFIG_MAPS, NAME, namespace=NAMESPACE)
            known = _renewals(found)
            changed = change(known)
            if changed == known:
                return
            try:
                self._write(found, changed)
            except (Conflict, NotFound):
                continue
            return
        raise Conflict(f"writing ConfigMap {NAMESPACE}/{NAME}: lost {TRIES} races in a row")

    def _write(self, found: Object | None, renewals: tuple[Renewal, ...]) -> None:
        rows = [
            {
                "instance": each.instance,
                "cause": each.cause,
                "at": kube_times.micro(each.at),
                "refresh": each.refresh,
                "method": each.method.value,
                "became": each.became,
            }
            for each in renewals
        ]
        state = {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"namespace": NAMESPACE, "name": NAME},
            **(found or {}),
            "data": {**((found or {}).get("data") or {}), RENEWALS: json.dumps(rows)},
        }
        if found is None:
            self._api.create(CONFIG_MAPS, state, namespace=NAMESPACE)
        else:
            self._api.replace(CONFIG_MAPS, state, namespace=NAMESPACE)


def _renewals(found: Object | None) -> tuple[Renewal, ...]:
    """Raises Refused where the key holds something else: guessing could renew a machine again."""
    text = ((found or {}).get("data") or {}).get(RENEWALS)
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
            )
            for row in rows
        )
    except (ValueError, KeyError, TypeError) as error:
        raise Refused(
            f"ConfigMap {NAMESPACE}/{NAME}: data.{RENEWALS} can't be read ({error}); mend it, or forget the cooldowns "
            f"with kubectl -n {NAMESPACE} delete configmap {NAME}"
        ) from error


def _with(known: tuple[Renewal, ...], renewal: Renewal) -> tuple[Renewal, ...]:
    """In the place of the row about the same renewal, where there is one: nothing is counted twice."""
    if not any(_same(each, renewal) for each in known):
        return (*known, renewal)
    return tuple(renewal if _same(each, renewal) else each for each in known)


def _same(one: Renewal, other: Renewal) -> bool:
    return (one.instance, one.at, one.refresh) == (other.instance, other.at, other.refresh)


def _moment(text: str) -> datetime:
    moment = kube_times.parse(text)
    if moment is None:
        raise ValueError(f"no time: {text!r}")
    return moment
