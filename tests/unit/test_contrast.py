"""Since when does a container fail, and who has pulled since?"""

from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.contrast import failing_since, pulled, started_since
from functions.model.cluster import Container, Pod
from functions.model.names import ImageRef, Repository
from tests.unit import make
from tests.unit.make import IMAGE, T0

MINUTE = timedelta(minutes=1)


def container(**fields: Any) -> Container:
    return Container(name="main", image=str(IMAGE), **fields)


def puller() -> Pod:
    """A pod whose container runs since a minute after T0."""
    return make.pod("other", containers=(container(image_id="sha256:1", running_since=T0 + MINUTE),))


@pytest.mark.parametrize(
    "started, ended, since",
    [
        pytest.param(None, None, T0, id="the kubelet has not seen it yet"),
        pytest.param(T0 + MINUTE, None, T0 + MINUTE, id="it has"),
        pytest.param(T0 + MINUTE, T0 + 9 * MINUTE, T0 + 9 * MINUTE, id="it ran before"),
        pytest.param(T0 - 9 * MINUTE, None, T0, id="its status says a time before its creation"),
        pytest.param(T0 + MINUTE, T0 - 9 * MINUTE, T0, id="its container's does"),
    ],
)
def test_a_container_fails_since_it_last_had_no_reason_to_pull(
    started: datetime | None, ended: datetime | None, since: datetime
) -> None:
    pod = make.pod("p1", created=T0, started=started)
    assert failing_since(pod, container(terminated_at=ended)) == since


@pytest.mark.parametrize(
    "since, image, found",
    [
        pytest.param(T0, IMAGE.repository, 1, id="later"),
        pytest.param(T0 + MINUTE, IMAGE.repository, 0, id="not later"),
        pytest.param(T0, ImageRef.parse("gcr.io/acme-prod/other:v1").repository, 0, id="from elsewhere"),
    ],
)
def test_only_what_started_later_and_came_from_there_counts(since: datetime, image: Repository, found: int) -> None:
    assert len(started_since(puller(), image, since)) == found


def test_only_what_asks_the_registry_each_time_has_pulled() -> None:
    assert [pulled(container(pull_policy=policy)) for policy in ("Always", "IfNotPresent", "Never")] == [
        True,
        False,
        False,
    ]
