"""A probe is asked though another of its name is in the way, and is gone afterwards."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from functions import probe
from functions.errors import Conflict
from functions.model.cluster import Container, Pod
from functions.phases import probing
from functions.probe import Answer, ProbeKind
from tests.unit.make import IMAGE, T0, pod

PROBE = probe.manifest(ProbeKind.IMAGE, IMAGE, node="n1", of="uid-r1/0", seconds=60)
PULLED = Container(name="probe", image=str(IMAGE), pull_policy="Always", image_id="sha256:1")


@dataclass
class Namespace:
    """Has a probe that a dead invocation left, and a kubelet that answers at once."""

    there: dict[str, Pod] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)

    def now(self) -> datetime:
        return T0

    def create(self, manifest: dict[str, Any]) -> Pod:
        name = manifest["metadata"]["name"]
        if name in self.there:
            raise Conflict("it exists already")
        self.there[name] = self._pod(name, "new")
        return self.there[name]

    def follow(self, _: str, name: str, *, seconds: float) -> Iterator[Pod | None]:
        assert timedelta(seconds=seconds)
        yield self.there.get(name)
        yield self.there.get(name)

    def delete(self, found: Pod, *, grace_seconds: int | None = None) -> None:
        assert grace_seconds == 0
        self.deleted.append(found.uid)
        del self.there[found.name]

    def leave(self) -> None:
        name = PROBE["metadata"]["name"]
        self.there[name] = self._pod(name, "left")

    def _pod(self, name: str, uid: str) -> Pod:
        return pod(name, uid=uid, namespace="repull", containers=(PULLED,), owner=None)


def test_a_probe_that_a_dead_invocation_left_gives_way() -> None:
    here = Namespace()
    here.leave()
    deadline = T0 + timedelta(minutes=1)
    inside: Any = here
    answer = probing.ask(inside, inside, PROBE, ProbeKind.IMAGE, deadline=deadline, leaving_seconds=1)
    assert answer.answer is Answer.PASS, answer.evidence
    assert (here.deleted, here.there) == (["left", "new"], {})
