"""The stories whose every call is a point of the matrix: how the world is before, what is asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.machines.machine import Machine
from tests.e2e import smallest


def _ails(machine: Machine) -> None:
    machine.make_stale()


def _ails_for_good(machine: Machine) -> None:
    machine.heals = False
    machine.make_stale()


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    name: str
    ends: str  # the phase of its refresh
    settings: Mapping[str, str] = field(default_factory=dict)
    asked: Mapping[str, Any] = field(default_factory=dict)  # fields of the start message
    nodes: tuple[str, ...] = (smallest.STALE, smallest.OTHER)  # of the cluster, with a pod each
    ails: tuple[str, ...] = (smallest.STALE,)  # those to whose machines something is done …
    before: Callable[[Machine], None] = _ails  # … namely this

    @property
    def start(self) -> dict[str, Any]:
        usual = {"action": "start", "image": smallest.IMAGE, "reason": "a proof", "nodes": ",".join(self.ails)}
        return usual | dict(self.asked)


RESET = Scene(name="reset", ends="Succeeded")
SCENES = {
    scene.name: scene
    for scene in (
        RESET,
        Scene(name="recreate", ends="Succeeded", asked={"method": "Recreate"}),
        Scene(
            name="stop-start",
            ends="Succeeded",
            settings={"REPULL_ALLOW_STOP_START": "on"},
            asked={"method": "StopStart"},
        ),
        Scene(name="escalated", ends="Succeeded", settings={"REPULL_ESCALATE": "on"}, before=_ails_for_good),
        Scene(name="in-vain", ends="Failed", before=_ails_for_good),
        Scene(name="forced", ends="Succeeded", asked={"force": True}, before=lambda _: None),
        Scene(name="can-pull", ends="Succeeded", before=lambda _: None),
    )
}
