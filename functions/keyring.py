"""The pull secrets that a pod names, and what its kubelet makes of each: read only where a setting permits it."""

from functions.errors import Refused
from functions.model.cluster import Pod, ServiceAccount
from functions.model.names import ImageRef
from functions.ports import Workloads
from functions.pullsecrets import SecretUse, Use, named, use_of
from functions.settings import Settings


def uses(
    pod: Pod, account: ServiceAccount | None, image: ImageRef, workloads: Workloads, settings: Settings
) -> tuple[SecretUse, ...]:
    """One for each secret that is named. Raises Retryable."""
    _, names = named(pod, account)
    if pod.namespace not in settings.read_pull_secrets:
        return tuple(SecretUse(name=name, use=Use.UNREAD, evidence=f"secret {name} was not read") for name in names)
    return tuple(_use(pod.namespace, name, image, workloads) for name in names)


def _use(namespace: str, name: str, image: ImageRef, workloads: Workloads) -> SecretUse:
    try:
        secret = workloads.pull_secret(namespace, name)
    except Refused as error:
        return SecretUse(name=name, use=Use.UNREAD, evidence=f"secret {name} may not be read: {error}")
    return use_of(name, secret, image)
