"""One of our ConfigMaps, changed by compare-and-set: people write to it as well."""

from collections.abc import Callable

from functions.adapters.clock import pause
from functions.adapters.kube_api import KubeApi, Object
from functions.adapters.kube_resources import CONFIG_MAPS
from functions.errors import Conflict, NotFound, Retryable
from functions.ownership import NAMESPACE
from functions.racing import ATTEMPTS, apart

PERMISSIONS = CONFIG_MAPS.may("get", "create", "update")

Data = dict[str, str]


class KubeConfigMap:
    """In our namespace, made where something is first written to it."""

    def __init__(self, api: KubeApi, name: str) -> None:
        self._api = api
        self._name = name

    def data(self) -> Data:
        """{} where there is none."""
        return _data(self._read())

    def change(self, change: Callable[[Data], Data]) -> None:
        """Read, decide, write against what was read; again where somebody wrote first: Retryable in the end."""
        for lost in range(1, ATTEMPTS + 1):
            found = self._read()
            data = _data(found)
            changed = change(data)
            if changed == data:
                return
            try:
                self._write(found, changed)
            except (Conflict, NotFound):
                pause(apart(lost))
            else:
                return
        raise Retryable(f"writing ConfigMap {NAMESPACE}/{self._name}: lost {ATTEMPTS} races in a row")

    def _read(self) -> Object | None:
        return self._api.get(CONFIG_MAPS, self._name, namespace=NAMESPACE)

    def _write(self, found: Object | None, data: Data) -> None:
        metadata = {"namespace": NAMESPACE, "name": self._name}
        written = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, **(found or {}), "data": data}
        if found is None:
            self._api.create(CONFIG_MAPS, written, namespace=NAMESPACE)
        else:
            self._api.replace(CONFIG_MAPS, written, namespace=NAMESPACE)


def _data(found: Object | None) -> Data:
    return (found or {}).get("data") or {}
