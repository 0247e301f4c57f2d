"""When the kubelet tries again, and which failing pods may be deleted to try at once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from functions import pulls
from functions.model.cluster import Container, ContainerKind, Pod
from tests.unit.make import IMAGE, T0, failing, owner, pod


@pytest.mark.parametrize(
    "age, expected",
    [(0, 10), (5, 5), (29, 1), (30, 40), (150, 160), (310, 300), (320, 290), (3600, 10)],
)
def test_next_try(age: int, expected: int) -> None:
    """10 s doubling to 300 s: tries at 10, 30, 70, 150, 310, 610, 910 … seconds."""
    started = T0 - timedelta(seconds=age)

    assert pulls.next_try(failing(started=started), T0) - T0 == timedelta(seconds=expected)


LONG_AGO = T0 - timedelta(seconds=320)


@pytest.mark.parametrize(
    "subject, deleted",
    [
        pytest.param(failing(started=LONG_AGO), True, id="long-back-off"),
        pytest.param(failing(started=T0 - timedelta(seconds=20)), False, id="kubelet-tries-soon"),
        pytest.param(failing(started=LONG_AGO, owner=owner("StatefulSet")), True, id="stateful-set"),
        pytest.param(failing(started=LONG_AGO, owner=owner("DaemonSet")), True, id="daemon-set"),
        pytest.param(failing(started=LONG_AGO, owner=owner("Job")), False, id="job-may-fail-for-good"),
        pytest.param(failing(started=LONG_AGO, owner=None), False, id="bare-pod-is-gone"),
        pytest.param(failing(started=LONG_AGO, deleting_since=T0), False, id="terminating"),
        pytest.param(
            failing(started=LONG_AGO, image="us-central1-docker.pkg.dev/acme-prod/other/x:1"),
            False,
            id="another-repository",
        ),
        pytest.param(failing(started=LONG_AGO, image="NOT//an image"), False, id="no-image-at-all"),
        pytest.param(pod(started=LONG_AGO), False, id="runs"),
        pytest.param(failing(started=LONG_AGO, local_volumes=("cache",)), True, id="an-emptydir-that-is-empty"),
    ],
)
def test_to_delete(subject: Pod, deleted: bool) -> None:  # noqa: FBT001 - a table's column
    """Only where a controller brings the pod back, and waiting would be long."""
    assert pulls.to_delete((subject,), IMAGE.repository, after_seconds=60, now=T0) == ((subject,) if deleted else ())


RAN = Container(name="init", image=str(IMAGE), kind=ContainerKind.INIT, terminated_reason="Completed")
RUNS = Container(name="sidecar", image=str(IMAGE), running_since=LONG_AGO)
RESTARTED = replace(failing().containers[0], terminated_at=LONG_AGO)


@pytest.mark.parametrize("containers", [(RAN,), (RUNS,), (RESTARTED,)], ids=["init", "sidecar", "restarted"])
def test_what_a_pod_keeps_is_not_deleted_without_consent(containers: tuple[Container, ...]) -> None:
    """Its kubelet tries again by itself."""
    others = tuple(each for each in failing().containers if each.name not in {one.name for one in containers})
    kept = failing(started=LONG_AGO, local_volumes=("cache",), containers=(*containers, *others))

    def deleted(subject: Pod, *, consent: bool) -> int:
        found = pulls.to_delete((subject,), IMAGE.repository, after_seconds=60, now=T0, local_storage=consent)
        return len(found)

    assert [deleted(kept, consent=consent) for consent in (False, True)] == [0, 1]
    assert deleted(replace(kept, local_volumes=()), consent=False) == 1


def test_one_per_controller_at_a_time() -> None:
    """The others follow once the first is back."""
    found = pulls.to_delete(
        (failing("a", started=LONG_AGO), failing("b", started=LONG_AGO)), IMAGE.repository, after_seconds=60, now=T0
    )

    assert [each.name for each in found] == ["a"]


def test_running_pod_with_a_failing_init_container_counts() -> None:
    """Read from the containers' states: the phase says nothing."""
    waiting = Container(name="init", image=str(IMAGE), kind=ContainerKind.INIT, waiting_reason="ErrImagePull")

    assert pulls.fails(pod(containers=(waiting,)), IMAGE.repository)
