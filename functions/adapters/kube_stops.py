"""Machines that were stopped and must run again: a ConfigMap with one key for each, so that people see them too."""

import json

from functions.adapters import kube_times
from functions.adapters.kube_api import KubeApi
from functions.adapters.kube_config_map import KubeConfigMap
from functions.ownership import NAMESPACE
from functions.ports import Noted, Stop

NAME = "stopped"


class KubeStops:
    """`ports.Stops` over the API."""

    def __init__(self, api: KubeApi) -> None:
        self._map = KubeConfigMap(api, NAME)

    def all(self) -> Noted:
        """A key that holds something else is told of: guessing could leave a machine off for ever."""
        notes = [_stop(instance, text) for instance, text in sorted(self._map.data().items())]
        return Noted(
            stops=tuple(each for each in notes if isinstance(each, Stop)),
            unreadable=tuple(each for each in notes if isinstance(each, str)),
        )

    def note(self, stop: Stop) -> None:
        self._map.change(lambda data: {stop.instance: _text(stop)} | data)

    def clear(self, instance: str) -> None:
        self._map.change(lambda data: {key: text for key, text in data.items() if key != instance})


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
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        return (
            f"ConfigMap {NAMESPACE}/{NAME}: data.{instance} can't be read ({error}); see to it that machine {instance} "
            "runs, and take the key away"
        )
