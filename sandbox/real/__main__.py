"""`python -m sandbox.real`: a real control plane, a registry and Pub/Sub on loopback, until Ctrl-C."""

import argparse
import asyncio
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Sequence

from sandbox.breakdown import Breakdown, Complaints, logs_kept
from sandbox.deployment import PROJECT, REGISTRY_HOST
from sandbox.hosting import end_in_order, stay_on_loopback
from sandbox.pubsub.emulator import launcher
from sandbox.real import needs, programs
from sandbox.real.binaries import Binaries
from sandbox.real.building import BuildFailed
from sandbox.real.cluster import IMAGE, Cluster, cluster
from sandbox.real.daemon import Daemon
from sandbox.registry.oci import MANIFEST
from sandbox.scratch import scratch

_RING = 2
_FAILED, _MISSING, _INTERRUPTED = 1, 2, 130


def main(arguments: Sequence[str]) -> int:
    description = "Start a real control plane, a registry and Pub/Sub on loopback; Ctrl-C ends them."
    argparse.ArgumentParser(prog="python -m sandbox.real", description=description).parse_args(arguments)
    if missing := needs.of(_RING):
        _complain("this machine lacks what the cluster needs:", *(f"  {need}" for need in missing))
        return _MISSING
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)  # as Ctrl-C, also while something is built
    try:
        Binaries.ensure(programs.of(_RING), _say)
        return asyncio.run(_serve())
    except BuildFailed as error:
        _complain(str(error))
        return _FAILED
    except (KeyboardInterrupt, asyncio.CancelledError):
        return _INTERRUPTED


async def _serve() -> int:
    end_in_order()
    stay_on_loopback()
    began = time.monotonic()
    _say("starting the control plane, KWOK, the registry and Pub/Sub …")
    with scratch("cluster") as directory:
        try:
            with logs_kept():
                async with cluster(directory, environ=os.environ) as running:
                    _say(f"ready after {time.monotonic() - began:.0f} s; Ctrl-C ends it", "", *_advice(running))
                    return await _watch(running.daemons)
        except* Breakdown as broken:
            Complaints(_complain).hear(broken)
    return _FAILED


def _advice(running: Cluster) -> Iterator[str]:
    if not shutil.which("kubectl"):
        yield f"export PATH={Binaries.path('kubectl').parent}:$PATH"
    yield f"export KUBECONFIG={running.plane.kubeconfig}"
    yield "kubectl get nodes,namespaces,clusterroles"
    yield "kubectl explain noderefresh.spec"
    yield "kubectl create deployment web --image=web --replicas=6 && kubectl get pods -o wide"
    yield ""
    path, _, tag = IMAGE.removeprefix(f"{REGISTRY_HOST}/").rpartition(":")
    manifest = f"{running.registry_url}/v2/{path}/manifests/{tag}"
    yield f"curl -su _token:{running.registry_token} -H 'Accept: {MANIFEST}' {manifest}"
    yield ""
    without = "" if launcher() else "; gcloud with its pubsub-emulator component, or Java, is not installed"
    yield f"export PUBSUB_EMULATOR_HOST={running.broker.endpoint}  # {running.broker.name}, project {PROJECT}{without}"


async def _watch(daemons: Sequence[Daemon]) -> int:
    """Until somebody ends it, which is as it should be, or one of the programs ends, which is not."""
    ends = {asyncio.create_task(daemon.ended()): daemon for daemon in daemons}
    try:
        ended, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    except asyncio.CancelledError:
        current = asyncio.current_task()
        if current is not None:
            current.uncancel()
        return 0
    finally:
        for waiting in ends:
            waiting.cancel()
    for each in ended:
        _complain(f"{ends[each].name} ended with {each.result()}:", ends[each].last_words())
    return _FAILED


def _say(*lines: str) -> None:
    print(*lines, sep="\n", flush=True)


def _complain(*lines: str) -> None:
    print(*lines, sep="\n", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
