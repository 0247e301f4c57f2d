"""A hold on the only slot of a refresh, as an invocation has it that may take its time."""

from datetime import UTC, datetime, timedelta

from functions.adapters.clock import WallClock
from functions.hold import Hold
from functions.model.refresh import Phase, RefreshPhase, RefreshSpec, RefreshStatus, Slot
from functions.ports import Clock, Cluster, RefreshPorts
from functions.settings import Settings
from tests.contract.adapters.product import KEY
from tests.contract.drain.ours import Machines, Nowhere, no_compute


class Trail:
    """`ports.Audit` that keeps what was recorded, as event and pod or pods."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, object]] = []

    def record(self, event: str, message: str, *, warning: bool = False, **fields: object) -> None:  # noqa: ARG002
        self.lines.append((event, fields.get("pod", fields.get("pods"))))


def held(cluster: Cluster, *, phase: Phase, node: str = "", audit: Trail, clock: Clock | None = None) -> Hold:
    """Of a refresh that is at work."""
    refresh = cluster.refreshes.create("r", RefreshSpec(cluster=KEY))
    assert refresh
    until = datetime.now(UTC) + timedelta(hours=1)
    slot = Slot(index=0, phase=phase, node=node, holder="test", holder_expires=until)
    status = RefreshStatus(phase=RefreshPhase.RUNNING, total=1, places=1, slots=(slot,))
    machines = Machines(cluster_of_ours=cluster, node=node)
    return Hold(
        refresh=cluster.refreshes.write(refresh, status),
        index=0,
        holder="test",
        cluster=cluster,
        ports=RefreshPorts(
            clock=clock or WallClock(),
            gke=machines,
            groups=machines,
            instances=machines,
            compute=no_compute,
            outbox=Nowhere(),
            audit=audit,
        ),
        settings=Settings(
            clusters=(KEY,), step_topic="projects/p/topics/steps", dead_letter_topic="projects/p/topics/dead"
        ),
        until=until,
    )
