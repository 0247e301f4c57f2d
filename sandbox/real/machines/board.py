"""What a machine's kernel says about its hardware: the processors and the memory that it was sold with.

They are the host's, of which cadvisor, in the kubelet, would otherwise find as many as there are. These are the files
where it looks. Processors that the host doesn't have are the same ones again, on another NUMA node: their numbers must
exist, since cgroups are made of them.
"""

import os
from collections.abc import Iterator

from sandbox.machines.hardware import Hardware
from sandbox.objects.quantities import units


def files(hardware: Hardware, *, boot_id: str, machine_id: str) -> Iterator[tuple[str, str]]:
    """Paths and contents; boot.sh knows what they are laid over. `node` is for /sys/devices/system/node."""
    processors, kilobytes = -(-units("cpu", hardware.cpu) // 1000), units("memory", hardware.memory) // 1024
    numbers = sorted(os.sched_getaffinity(0))
    yield "meminfo", f"MemTotal: {kilobytes} kB\nSwapTotal: 0 kB\n"
    yield "boot_id", f"{boot_id}\n"
    yield "machine-id", f"{machine_id}\n"
    yield "ip_forward", "1\n"
    for nth in range(processors):
        numa, number = divmod(nth, len(numbers))
        topology = f"node/node{numa}/cpu{numbers[number]}/topology"
        yield f"{topology}/core_id", f"{number}\n"
        yield f"{topology}/physical_package_id", f"{numa}\n"
