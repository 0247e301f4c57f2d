"""Runs pull probes: create the pod, watch what its kubelet answers, take it away again."""

from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from typing import Any

from functions import events, probe
from functions.errors import Conflict, Refused
from functions.hold import Hold
from functions.model.cluster import Owner, Pod
from functions.model.names import ImageRef
from functions.ownership import NAMESPACE
from functions.ports import Clock, Guard, Pods, unguarded
from functions.probe import Answer, ProbeAnswer, ProbeKind

TRIES = 3
"""A probe's name may still be taken by a probe that a dead invocation left; it is removed first."""


def run(hold: Hold, kind: ProbeKind, image: ImageRef, nodes: Iterable[str]) -> dict[str, ProbeAnswer]:
    """Probe several nodes side by side, at most `probes_at_once`; one answer per node."""
    names = tuple(nodes)
    if not names:
        return {}
    deadline = hold.deadline(hold.settings.probe_seconds)
    answers: dict[str, ProbeAnswer] = {}
    with ThreadPoolExecutor(
        max_workers=min(len(names), hold.settings.probes_at_once), thread_name_prefix="probe"
    ) as pool:
        futures = {pool.submit(_probe, hold, kind, image, name, deadline): name for name in names}
        pending = set(futures)
        while pending:
            finished, pending = wait(pending, timeout=hold.settings.holder_seconds / 3, return_when=FIRST_COMPLETED)
            for future in finished:
                answers[futures[future]] = future.result()
            hold.breathe()
    for name, answer in answers.items():
        hold.record(
            events.PROBED,
            f"{kind} probe on {name}: {answer.answer}",
            node=name,
            kind=kind,
            answer=answer.answer,
            evidence=answer.evidence,
        )
    return answers


def _probe(hold: Hold, kind: ProbeKind, image: ImageRef, node: str, deadline: datetime) -> ProbeAnswer:
    owner = Owner(api_version="repull.dev/v1alpha1", kind="NodeRefresh", name=hold.refresh.name, uid=hold.refresh.uid)
    manifest = probe.manifest(
        kind,
        image,
        node=node,
        of=f"{hold.refresh.uid}/{hold.index}",
        owner=owner,
        seconds=hold.settings.probe_seconds,
    )
    return ask(
        hold.cluster.pods,
        hold.ports.clock,
        manifest,
        kind,
        deadline=deadline,
        leaving_seconds=hold.settings.holder_seconds / 3,
        guard=hold.guard,
    )


def ask(
    pods: Pods,
    clock: Clock,
    manifest: dict[str, Any],
    kind: ProbeKind,
    *,
    deadline: datetime,
    leaving_seconds: float,
    guard: Guard = unguarded,
) -> ProbeAnswer:
    """What one kubelet answers until then; its pod is gone afterwards, which may take so many seconds.

    `guard` is asked before the pod is made. Raises Retryable.
    """
    name = manifest["metadata"]["name"]
    created: Pod | None = None
    try:
        for _ in range(TRIES):
            guard()
            try:
                created = pods.create(manifest)
                break
            except Conflict:
                remove(pods, name, seconds=_until(clock, deadline))
        if created is None:
            return ProbeAnswer(answer=Answer.UNKNOWN, evidence=f"pod {NAMESPACE}/{name} is in the way and does not go")
        if changed := probe.tampering(manifest, created):
            return ProbeAnswer(answer=Answer.UNKNOWN, evidence=changed)
        return _await_answer(pods, kind, created, seconds=_until(clock, deadline))
    except Refused as refusal:
        return ProbeAnswer(answer=Answer.UNKNOWN, evidence=f"the probe's pod was refused: {refusal}")
    finally:
        if created is not None:
            remove(pods, name, seconds=leaving_seconds, seen=created)


def _await_answer(pods: Pods, kind: ProbeKind, created: Pod, *, seconds: float) -> ProbeAnswer:
    last = created
    for pod in pods.follow(created.namespace, created.name, seconds=seconds):
        if pod is None or pod.uid != created.uid:
            return ProbeAnswer(answer=Answer.UNKNOWN, evidence="the probe's pod was deleted by somebody else")
        last = pod
        if answer := probe.judge(kind, pod):
            return answer
    container = last.containers[0]
    state = f"{container.waiting_reason or last.phase} {container.waiting_message}".strip()
    return ProbeAnswer(answer=Answer.UNKNOWN, evidence=f"no answer within {seconds:.0f} s: {state}")


def remove(pods: Pods, name: str, *, seconds: float, seen: Pod | None = None) -> None:
    """Delete a probe's pod, if there is one, and wait until it is gone; one that was `seen` is not looked for first."""
    asked = ""
    if seen is not None:
        pods.delete(seen, grace_seconds=0)
        asked = seen.uid
    for pod in pods.follow(NAMESPACE, name, seconds=seconds):
        if pod is None:
            return
        if pod.uid != asked:
            pods.delete(pod, grace_seconds=0)
            asked = pod.uid


def _until(clock: Clock, deadline: datetime) -> float:
    return max((deadline - clock.now()) / timedelta(seconds=1), 0.1)
