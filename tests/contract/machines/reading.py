"""What the product makes of what the cluster says: its own pure readers, fed with what was observed."""

from typing import Any

from functions import pulls
from functions.adapters import kube_podview
from functions.classify import classify
from functions.model.cluster import Pod
from functions.model.names import ImageRef, Repository
from functions.model.verdict import Cause
from tests.contract.machines.lab import Lab, Object
from tests.contract.machines.states import waiting


def seen(pod: Object) -> Pod:
    """As the product's adapter reads it."""
    return kube_podview.pod(pod)


def repository(lab: Lab) -> Repository:
    """The lab's, as the product names it."""
    found = ImageRef.parse(lab.image).repository
    assert found
    return found


def fails(lab: Lab, pod: Object) -> bool:
    """Does the product see a pod that fails to pull from the lab's repository?"""
    return pulls.fails(seen(pod), repository(lab))


def cause(pod: Object) -> Cause:
    """What the product reads in the message with which the first container waits."""
    return classify(waiting(pod)["message"]).cause


def told_cause(event: tuple[str, str, str]) -> Cause:
    """What it reads in an event's message."""
    message: Any = event[2]
    return classify(message).cause
