"""A real machine is a node as Compute and Kubernetes know it, and its power is the power of all that runs on it."""

from contextlib import suppress
from pathlib import Path

import pytest

from sandbox.machines.hardware import CONTAINERD, KUBELET
from sandbox.machines.machine import Machine
from sandbox.objects.kinds import uid_of
from sandbox.real import kubectl
from sandbox.real.binaries import Binaries
from tests.contract.realmachines.yard import (
    IMAGE,
    LINES,
    ONE,
    TWO,
    Object,
    Yard,
    add,
    boot_id,
    is_ready,
    is_refused,
    until,
    waiting,
)

pytestmark = [pytest.mark.ring3, pytest.mark.xdist_group("yard")]

PROCESSES = Path("/sys/fs/cgroup/pids")


HALF_AT_FIRST = """#!/bin/sh
if mkdir /run/lived; then
    {{ echo 'disabled_plugins = ["io.containerd.grpc.v1.cri"]'; cat "$2"; }} > /run/half.toml
    set -- --config /run/half.toml
fi
exec {containerd} "$@"
"""


def programs(machine: Machine) -> list[str]:
    """What runs on it, by name, as this host sees it."""
    (cgroup,) = PROCESSES.glob(f"repull-*/{machine.name}")
    pids = [pid for listing in cgroup.rglob("cgroup.procs") for pid in listing.read_text().split()]
    names = []
    for pid in pids:
        with suppress(OSError):  # it has ended meanwhile
            names.append(Path(f"/proc/{pid}/comm").read_text().strip())
    return sorted(names)


def host_boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def is_powered(machine: Machine) -> bool:
    """Whether this host runs anything of it."""
    return bool(list(PROCESSES.glob(f"repull-*/{machine.name}")))


def restarts(pod: Object) -> int:
    (status,) = pod["status"]["containerStatuses"]
    return int(status["restartCount"])


async def test_it_is_the_node_of_its_hardware(yard: Yard) -> None:
    machine = yard.fleet[ONE]
    node = await yard.node_when(ONE, is_ready)
    assert node["spec"]["providerID"] == f"gce://acme/us-central1-a/{ONE}"
    assert machine.hardware.labels.items() <= node["metadata"]["labels"].items()
    capacity = node["status"]["capacity"]
    assert (capacity["cpu"], capacity["memory"], capacity["pods"]) == ("4", "16Gi", "110")
    info = node["status"]["nodeInfo"]
    assert (info["kubeletVersion"], info["containerRuntimeVersion"]) == (KUBELET, CONTAINERD)
    assert machine.status == "RUNNING"


async def test_two_of_them_share_nothing_that_a_node_is_known_by(yard: Yard) -> None:
    nodes = [await yard.node_when(machine.name, is_ready) for machine in yard.fleet]
    for what in ("bootID", "machineID", "systemUUID"):
        assert len({node["status"]["nodeInfo"][what] for node in nodes}) == 2
    assert len({node["status"]["addresses"][0]["address"] for node in nodes}) == 2
    assert host_boot_id() not in set(map(boot_id, nodes))


async def test_a_workload_runs_and_its_log_is_read_through_the_kubelet(yard: Yard) -> None:
    machine = yard.fleet[ONE]
    await yard.pod("worker", machine.name)
    await yard.pod_when("worker", is_ready)

    async def said() -> list[str] | None:
        lines = (await kubectl.run(yard.ring.plane.kubeconfig, "logs", "worker")).splitlines()
        return lines if len(lines) >= len(LINES) else None

    assert await until(said) == list(LINES)
    assert {"kubelet", "containerd", "program"} <= set(programs(machine))


async def test_stale_credentials_are_those_of_one_machine(yard: Yard) -> None:
    stale, fresh = yard.fleet[ONE], yard.fleet[TWO]
    stale.make_stale()
    assert (stale.is_stale, fresh.is_stale) == (True, False)
    await yard.pod("refused", stale.name)
    await yard.pod("pulled", fresh.name)
    pod = await yard.pod_when("refused", is_refused)
    words = f'failed to pull and unpack image "{IMAGE}": failed to resolve image: '
    assert words in waiting(pod)["message"]
    assert "401 Unauthorized" in waiting(pod)["message"]
    await yard.pod_when("pulled", is_ready)
    stale.renew_token()
    assert not stale.is_stale
    await yard.pod("cured", stale.name)
    await yard.pod_when("cured", is_ready)


async def test_a_reset_is_a_new_boot_of_the_same_node(yard: Yard) -> None:
    machine = yard.fleet[ONE]
    await yard.pod("always", machine.name)
    await yard.pod("cached", machine.name, imagePullPolicy="IfNotPresent")
    for name in ("always", "cached"):
        await yard.pod_when(name, is_ready)
    await yard.admin.patch("nodes", ONE, {"spec": {"unschedulable": True}})
    before, instance, resets = await yard.node_when(ONE, is_ready), machine.instance_id, machine.reset_count
    machine.make_stale()
    await machine.reset()
    assert machine.status == "RUNNING"
    assert not is_powered(machine)
    node = await yard.node_when(ONE, lambda node: boot_id(node) != boot_id(before) and is_ready(node))
    assert (uid_of(node), machine.instance_id) == (uid_of(before), instance)
    assert node["spec"]["unschedulable"]
    assert machine.reset_count == resets + 1
    assert not machine.is_stale  # its boot has fetched another token, and the pull below goes with that
    said = await until(lambda: yard.events(ONE, "Rebooted"))
    assert f"Node {ONE} has been rebooted, boot id: {boot_id(node)}" in said
    for name in ("always", "cached"):
        await yard.pod_when(name, lambda pod: restarts(pod) == 1 and is_ready(pod))
    words = f'Container image "{IMAGE}" already present on machine'
    await until(lambda: _was_told(yard, words))
    await until(lambda: _ready_again(machine))
    await yard.admin.patch("nodes", ONE, {"spec": {"unschedulable": None}})


async def _was_told(yard: Yard, words: str) -> bool:
    return words in await yard.events("cached", "Pulled")


async def _ready_again(machine: Machine) -> bool:
    outage = machine.outages[-1]
    return outage.ready_at is not None and outage.ready_at > outage.off_at


async def test_a_containerd_that_serves_no_kubelets_is_started_again(
    yard: Yard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lives on without its CRI plugin where that can't start: here in its first life after a boot."""
    containerd = tmp_path / "containerd"
    containerd.write_text(HALF_AT_FIRST.format(containerd=Binaries.path("containerd")))
    containerd.chmod(0o755)
    before = await yard.node_when(ONE, is_ready)
    monkeypatch.setenv("KUBEBUILDER_ASSETS", str(tmp_path))
    await yard.fleet[ONE].reset()
    await yard.node_when(ONE, lambda node: boot_id(node) != boot_id(before) and is_ready(node))
    said = (yard.consoles / f"{ONE}.log").read_text()
    assert said.count("boot.sh: containerd has come up without its CRI plugin, 1 of 5 times:") == 1
    assert "2 of 5 times" not in said


async def test_a_boot_that_heals_nothing_leaves_it_stale(yard: Yard) -> None:
    machine = yard.fleet[ONE]
    machine.heals = False
    before = await yard.node_when(ONE, is_ready)
    await machine.reset()
    await yard.node_when(ONE, lambda node: boot_id(node) != boot_id(before) and is_ready(node))
    assert machine.is_stale
    await yard.pod("refused", machine.name)
    await yard.pod_when("refused", is_refused)
    machine.heals = True
    machine.renew_token()


async def test_a_machine_that_never_boots_stays_down(yard: Yard) -> None:
    machine, other = yard.fleet[ONE], yard.fleet[TWO]
    before = await yard.node_when(ONE, is_ready)
    machine.boots = False
    await machine.reset()
    await other.reset()  # takes as long as a boot of this one would have
    await other.power_on()
    assert not is_powered(machine)
    assert boot_id(await yard.node_when(ONE, lambda _: True)) == boot_id(before)
    await machine.power_off()
    machine.boots = True
    assert machine.status == "TERMINATED"
    await machine.power_on()
    await yard.node_when(ONE, lambda node: boot_id(node) != boot_id(before) and is_ready(node))


async def test_a_recreated_machine_is_another_one_with_an_empty_disk(yard: Yard) -> None:
    machine = yard.fleet[TWO]
    await yard.pod("before", machine.name)
    await yard.pod_when("before", is_ready)
    old, instance = await yard.node_when(TWO, is_ready), machine.instance_id
    await machine.recreate()
    new = await yard.node_when(TWO, lambda node: uid_of(node) != uid_of(old) and is_ready(node))
    assert machine.instance_id != instance
    assert new["status"]["nodeInfo"]["machineID"] != old["status"]["nodeInfo"]["machineID"]
    await yard.pod("after", machine.name, imagePullPolicy="Never")
    await yard.pod_when("after", lambda pod: waiting(pod).get("reason") == "ErrImageNeverPull")


async def test_a_node_has_the_taints_and_the_size_that_its_pool_gives(yard: Yard) -> None:
    taint = {"key": "team", "value": "vision", "effect": "NoSchedule"}
    machine = add(yard.fleet, f"{ONE}-odd", cpu="3", memory="2Gi", pods=10, spot=True, node_taints=(taint,))
    await machine.power_on()
    node = await yard.node_when(machine.name, is_ready)
    capacity = node["status"]["capacity"]
    assert (capacity["cpu"], capacity["memory"], capacity["pods"]) == ("3", "2Gi", "10")
    assert taint in node["spec"]["taints"]
    assert node["metadata"]["labels"]["cloud.google.com/gke-spot"] == "true"
    await machine.power_off()
