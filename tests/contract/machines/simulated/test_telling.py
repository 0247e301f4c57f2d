"""What a simulated kubelet tells the API server, and what it does not wait for."""

import asyncio

import httpx

from sandbox.faults import Fault
from sandbox.machines.boot import Boot
from sandbox.machines.broadcaster import Broadcaster
from sandbox.machines.containerd import Containerd
from sandbox.machines.containers import CREATING, Container
from sandbox.machines.kubeletserver import KubeletServer
from sandbox.machines.machine import Machine
from sandbox.machines.statusreporter import StatusReporter
from sandbox.recorder import Recorder
from tests.contract.machines.lab import Lab
from tests.contract.machines.states import is_ready


async def test_a_pod_comes_and_goes_while_nobody_takes_an_event(lab: Lab) -> None:
    machine = await lab.machine()
    asked, over = 0, asyncio.Event()

    async def keep_waiting() -> None:
        nonlocal asked
        asked += 1
        await over.wait()

    kubelet = f"system:node:{machine.name}"
    lab.faults.add(
        Fault(api="kubernetes", user=kubelet, verb="create", resource="events", times=1000, before=keep_waiting)
    )
    await lab.pod(on=machine)
    await lab.pod_when("pod", is_ready)
    await lab.client.delete("pods", "pod", lab.namespace)
    await lab.gone()

    assert asked == 1  # the others wait for their turn
    over.set()


def reporting(lab: Lab, machine: Machine, pod: dict[str, object], container: Container) -> StatusReporter:
    client, pace = lab.client, lab.ground.pace
    boot = Boot(
        hardware=machine.hardware,
        boot_id="boot",
        machine_id="machine",
        client=client,
        events=Broadcaster(Recorder(client=client, pace=pace, component="kubelet")),
        containerd=Containerd(http=httpx.AsyncClient(), registry_url="", token=lambda: None),
        server=KubeletServer(),
        pace=pace,
        heartbeat_seconds=lambda: 1.0,
        on_ready=lambda: None,
    )
    return StatusReporter(pod, [container], boot, pod_ip="10.8.0.2")


async def test_only_what_came_after_a_report_contradicts_it(lab: Lab) -> None:
    """A watch may bring the pod as it was before: that is no reason to say it all again."""
    machine = await lab.machine()
    pod = await lab.pod(schedulerName="nobody")
    container = Container.of(pod["spec"]["containers"][0], init=False, earlier=None, policy="Always", waiting=CREATING)
    reporter = reporting(lab, machine, pod, container)
    container.starts()
    container.ready = True
    await reporter.report()

    def reports() -> int:
        return len(lab.books.calls(api="kubernetes", verb="patch", resource="pods/status", name="pod"))

    first = reports()
    reporter.contradict(pod)
    await reporter.report()
    assert reports() == first

    dead = {"status": {"conditions": [{"type": "Ready", "status": "False"}]}}
    written = await lab.client.patch("pods/status", "pod", dead, lab.namespace, kind="strategic-merge")
    reporter.contradict(written)
    await reporter.report()
    assert is_ready(await lab.client.get("pods", "pod", lab.namespace))
