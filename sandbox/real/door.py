"""`python -m sandbox.real`: a real control plane, a registry and Pub/Sub on loopback, until Ctrl-C."""

import argparse
import asyncio
import os
import shlex
import shutil
import signal
import time
from collections.abc import Iterator, Sequence

from sandbox.breakdown import Breakdown, Complaints, logs_kept
from sandbox.deployment import PROJECT, REGISTRY_HOST
from sandbox.hosting import end_in_order, stay_on_loopback
from sandbox.pubsub.choice import refusal
from sandbox.pubsub.emulator import launcher
from sandbox.real import needs, programs
from sandbox.real.binaries import Binaries
from sandbox.real.building import BuildFailed
from sandbox.real.cluster import IMAGE, Cluster, cluster
from sandbox.real.daemon import Daemon
from sandbox.registry.oci import MANIFEST
from sandbox.scratch import scratch
from sandbox.voice import complain, export, say, spell_out

_RING = 2
_FAILED, _REFUSED, _INTERRUPTED = 1, 2, 130


def main(arguments: Sequence[str]) -> int:
    spell_out()
    description = "Start a real control plane, a registry and Pub/Sub on loopback; Ctrl-C ends them."
    argparse.ArgumentParser(prog="python -m sandbox.real", description=description).parse_args(arguments)
    if why := refusal(os.environ):
        complain(why)
        return _REFUSED
    if missing := needs.of(_RING):
        complain("this machine lacks what the cluster needs:", *(f"  {need}" for need in missing))
        return _REFUSED
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)  # as Ctrl-C, also while something is built
    try:
        Binaries.ensure(programs.of(_RING), say)
        return asyncio.run(_serve())
    except BuildFailed as error:
        complain(str(error))
        return _FAILED
    except (KeyboardInterrupt, asyncio.CancelledError):
        return _INTERRUPTED


async def _serve() -> int:
    end_in_order()
    stay_on_loopback()
    began = time.monotonic()
    say("starting the control plane, KWOK, the registry and Pub/Sub …")
    with scratch("cluster") as directory:
        try:
            with logs_kept():
                async with cluster(directory, environ=os.environ) as running:
                    say(f"ready after {time.monotonic() - began:.0f} s; Ctrl-C ends it", "", *_advice(running))
                    return await _watch(running.daemons)
        except* Breakdown as broken:
            Complaints(complain).hear(broken)
    return _FAILED


def _advice(running: Cluster) -> Iterator[str]:
    if not shutil.which("kubectl"):
        yield f"export PATH={shlex.quote(str(Binaries.path('kubectl').parent))}:$PATH"
    yield export("KUBECONFIG", running.plane.kubeconfig)
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
        complain(f"{ends[each].name} ended with {each.result()}:", ends[each].last_words())
    return _FAILED
