"""Machines that were stopped and must run again: a ConfigMap with one key for each, so that people see them too."""

import json
from collections.abc import Callable

from functions.adapters import kube_times
from functions.adapters.kube_api import KubeApi, Object
from functions.adapters.kube_resources import CONFIG_MAPS
from functions.errors import Conflict, NotFound
from functions.ownership import NAMESPACE
from functions.ports import Noted, Stop

PERMISSIONS = CONFIG_MAPS.may("get", "create", "update")

NAME = "stopped"
TRIES = 8


class KubeStops:
    """`ports.Stops` over the API."""

    def __init__(self, api: KubeApi) -> None:
        self._api = api

    def all(self) -> Noted:
        """A key that holds something else is told of: guessing could leave a machine off for ever."""
        found = self._api.get(CONFIG_MAPS, NAME, namespace=NAMESPACE)
        notes = [_stop(instance, text) for instance, text in sorted(_data(found).items())]
        return Noted(
            stops=tuple(each for each in notes if isinstance(each, Stop)),
            unreadable=tuple(each for each in notes if isinstance(each, str)),
        )

    def note(self, stop: Stop) -> None:
        self._change(lambda data: {stop.instance: _text(stop)} | data)

    def clear(self, instance: str) -> None:
        self._change(lambda data: {key: text for key, text in data.items() if key != instance})

    def _change(self, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
        for _ in range(TRIES):
            found = self._api.get(CONFIG_MAPS, NAME, namespace=NAMESPACE)
            known = _data(found)
            changed = change(known)
            if changed == known:
                return
            try:
                self._write(found, changed)
            except (Conflict, NotFound):
                continue
            return
        raise Conflict(f"writing ConfigMap {NAMESPACE}/{NAME}: lost {TRIES} races in a row")

    def _write(self, found: Object | None, data: dict[str, str]) -> None:
        metadata = {"namespace": NAMESPACE, "name": NAME}
        written = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, **(found or {}), "data": data}
        if found is None:
            self._api.create(CONFIG_MAPS, written, namespace=NAMESPACE)
        else:
            self._api.replace(CONFIG_MAPS, written, namespace=NAMESPACE)


def _data(found: Object | None) -> dict[str, str]:
    return dict((found or {}).get("data") or {})


def _text(stop: Stop) -> str:
    return json.dumps(
        {
            "machine": stop.provider_id,
            "group": stop.group,
            "refresh": stop.refresh,
            "at": kube_times.micro(stop.at),
            "targetSize": stop.target_size,
            "targetStoppedSize": stop.target_stopped_size,
        }
    )


def _stop(instance: str, text: str) -> Stop | str:
    """Or what to do where it can't be read."""
    try:
        row = json.loads(text)
        return Stop(
            instance=instance,
            provider_id=str(row["machine"]),
            group=str(row["group"]),
            refresh=str(row["refresh"]),
            at=kube_times.required(row["at"]),
            target_size=int(row["targetSize"]),
            target_stopped_size=int(row["targetStoppedSize"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        return (
            f"ConfigMap {NAMESPACE}/{NAME}: data.{instance} can't be read ({error}); see to it that machine {instance} "
            "runs, and take the key away"
        )
