"""What the tests of controllers make, and how it stands."""

from typing import Any

from tests.contract.machines.lab import IMAGE, Lab, Object, until

LABELS = {"app": "ocr"}


def template(image: str = IMAGE, **spec: Any) -> Object:
    return {"metadata": {"labels": LABELS}, "spec": {"containers": [{"name": "app", "image": image}], **spec}}


def workload(name: str = "ocr", *, image: str = IMAGE, **spec: Any) -> Object:
    pod = template(image, **spec.pop("pod", {}))
    return {"metadata": {"name": name}, "spec": {"selector": {"matchLabels": LABELS}, "template": pod, **spec}}


async def status_when(lab: Lab, resource: str, **wanted: Any) -> Object:
    """The status of `ocr`, as soon as it says that."""

    async def found() -> Object | None:
        obj = await lab.get(resource, "ocr")
        status: Object = (obj or {}).get("status") or {}
        return status if all(status.get(key) == value for key, value in wanted.items()) else None

    return await until(found)


def names(pods: list[Object]) -> set[str]:
    return {pod["metadata"]["name"] for pod in pods}


def nodes(pods: list[Object]) -> list[str]:
    return sorted(pod["spec"].get("nodeName", "") for pod in pods)
