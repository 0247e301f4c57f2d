"""How much of a world is real, and what that means for its time."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.ground import Ground
from sandbox.real.ground import RealControlPlane, RealMachines
from sandbox.simulated import Simulated


@dataclass(frozen=True, kw_only=True, slots=True)
class Ring:
    number: int
    says: str  # in a line
    ground: Callable[[], Ground]
    speed: float  # of machines, or of what is simulated of one before its programs start: how its seconds run
    queue_speed: float  # of the embedded queue: its ack deadline must outlast an invocation, which takes real time
    patience: float  # how many times longer than on ring 1 something may take before it is given up


RINGS = {
    ring.number: ring
    for ring in (
        Ring(
            number=1,
            says="everything is simulated, and simulated time runs 40 times faster",
            ground=Simulated,
            speed=40,
            queue_speed=10,
            patience=1,
        ),
        Ring(
            number=2,
            says="a real control plane and registry; machines are simulated, and theirs runs 40 times faster",
            ground=RealControlPlane,
            speed=40,
            queue_speed=5,
            patience=2,
        ),
        Ring(
            number=3,
            says="real machines and a real control plane, in real time; only Google's APIs are simulated",
            ground=RealMachines,
            speed=20,
            queue_speed=4,
            patience=4,
        ),
    )
}
