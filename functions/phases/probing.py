"""Runs pull probes: create the pod, watch what its kubelet answers, take it away again."""

from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import datetime, timedelta

from functions import events, probe
from functions.errors import Conflict, Refused
from functions.hold import Hold
from functions.model.cluster import Pod
from functions.model.names import ImageRef
from functions.ownership import NAMESPACE
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
    pods = hold.cluster.pods
    manifest = probe.manifest(
        kind, image, node=node, refresh=hold.refresh, slot=hold.index, seconds=hold.settings.probe_seconds
    )
    name = manifest["metadata"]["name"]
    created: Pod | None = None
    try:
        for _ in range(TRIES):
            remove(hold, name, deadline)
            hold.guard()
            try:
                created = pods.create(manifest)
                break
            except Conflict:
                continue
        if created is None:
            return ProbeAnswer(answer=Answer.UNKNOWN, evidence=f"pod {NAMESPACE}/{name} is in the way and does not go")
        if changed := probe.tampering(manifest, created):
            return ProbeAnswer(answer=Answer.UNKNOWN, evidence=changed)
        return _await_answer(hold, kind, created, deadline)
    except Refused as refusal:
        return ProbeAnswer(answer=Answer.UNKNOWN, evidence=f"the probe's pod was refused: {refusal}")
    finally:
        if created is not None:
            remove(hold, name, hold.deadline(hold.settings.holder_seconds / 3))


def _await_answer(hold: Hold, kind: ProbeKind, created: Pod, deadline: datetime) -> ProbeAnswer:
    last = created
    for pod in hold.cluster.pods.follow(created.namespace, created.name, seconds=_until(hold, deadline)):
        if pod is None or pod.uid != created.uid:
            return ProbeAnswer(answer=Answer.UNKNOWN, evidence="the probe's pod was deleted by somebody else")
        last = pod
        if answer := probe.judge(kind, pod):
            return answer
    container = last.containers[0]
    state = container.waiting_reason or last.phase
    return ProbeAnswer(
        answer=Answer.UNKNOWN,
        evidence=f"no answer within {hold.settings.probe_seconds:.0f} s: {state} {container.waiting_message}".strip(),
    )


def remove(hold: Hold, name: str, deadline: datetime) -> None:
    """Delete a probe's pod, if there is one, and wait until it is gone."""
    asked = ""
    for pod in hold.cluster.pods.follow(NAMESPACE, name, seconds=_until(hold, deadline)):
        if pod is None:
            return
        if pod.uid != asked:
            hold.cluster.pods.delete(pod, grace_seconds=0)
            asked = pod.uid


def _until(hold: Hold, deadline: datetime) -> float:
    return max((deadline - hold.now()) / timedelta(seconds=1), 0.1)
