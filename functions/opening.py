"""A node's credential is at fault: open a NodeRefresh and publish its first step, once per cause and window."""

import hashlib
from datetime import UTC, datetime, timedelta

from functions import events, opened
from functions.duplicates import DiagnosisMemory
from functions.messages.steps import Continue
from functions.model.names import ImageRef
from functions.model.refresh import Refresh, RefreshSpec
from functions.model.verdict import Contrast, Subject, Verdict
from functions.ports import DiagnosisPorts, Refreshes
from functions.reply import Reply
from functions.settings import Mode, Settings
from functions.text import LONGEST, cut


def open_refresh(verdict: Verdict, ports: DiagnosisPorts, settings: Settings, memory: DiagnosisMemory) -> Reply:
    """Open it. In observe mode its plan is asked for instead; what the same cause opened within a window stands.

    Where a person is to decide, it is only said, too.
    """
    subject = verdict.subject
    if verdict.wants_consent:
        ports.audit.record(
            events.CONSENT_WANTED, verdict.advice, warning=True, cluster=str(subject.cluster), node=subject.node
        )
        return Reply.HANDLED
    now = ports.clock.now()
    name = refresh_name(subject, now, seconds=settings.window_seconds)
    spec = _spec(verdict, settings, now)
    if settings.mode is Mode.OBSERVE:
        _observe(name, spec, verdict.subject, ports, memory)
        return Reply.HANDLED
    refreshes = ports.gke.connect(subject.cluster).refreshes
    standing = _standing(refreshes, subject, now, settings)
    if standing is None and refreshes.create(name, spec) is not None:
        opened.tell(name, spec, ports.audit)
        return _publish(name, subject, ports)
    found = standing or refreshes.get(name)
    if found and not found.status.slots and not found.status.phase.over:
        opened.tell_again(found, ports.audit)
        return _publish(found.name, subject, ports)  # nobody has taken it up: its message may have been lost
    ports.audit.record(
        events.DUPLICATE, f"{found.name if found else name} stands", cluster=str(subject.cluster), refresh=name
    )
    return Reply.DUPLICATE


def _observe(name: str, spec: RefreshSpec, subject: Subject, ports: DiagnosisPorts, memory: DiagnosisMemory) -> None:
    """Say what would be opened, and have its plan said: once a day, as nobody mends the cause."""
    wanted = f" --image={subject.image}" if subject.image else ""
    ports.audit.record(
        events.OBSERVED,
        f"would open {name}: {spec.reason}; nothing was written; "
        f"repull start --dry-run --cluster={subject.cluster}{wanted} shows node by node what it would do",
        cluster=str(subject.cluster),
        refresh=name,
        node=subject.node,
    )
    cause = name.rpartition("-")[0]
    if subject.image and not memory.is_planned(cause, ports.clock.now()):
        ports.outbox.publish_step(_plan(name, spec, subject.image))
        memory.planned(cause, ports.clock.now())


def _plan(name: str, spec: RefreshSpec, image: ImageRef) -> dict[str, object]:
    """The message that asks for the plan: a dry run, whatever the other function's mode is."""
    return {
        "action": "start",
        "cluster": str(spec.cluster),
        "account": spec.account,
        "image": str(image),
        "reason": cut(f"for {name}: {spec.reason}", LONGEST),
        "requestedBy": spec.requested_by,
        "dryRun": True,
    }


def refresh_name(subject: Subject, now: datetime, *, seconds: float) -> str:
    """The same for every event of one cause within one window, so that a doubled event can't open two."""
    cause = f"{subject.cluster}/{subject.account}/{subject.repository}"
    window = max(seconds, 1.0)
    start = datetime.fromtimestamp(now.timestamp() // window * window, UTC)
    return f"refresh-{hashlib.sha256(cause.encode()).hexdigest()[:10]}-{start:%Y%m%d%H%M%S}"


def _standing(refreshes: Refreshes, subject: Subject, now: datetime, settings: Settings) -> Refresh | None:
    """What the window before opened less than a window ago, or still runs: two events may lie astride its end."""
    window = timedelta(seconds=settings.window_seconds)
    before = refreshes.get(refresh_name(subject, now - window, seconds=settings.window_seconds))
    return before if before and (not before.status.phase.over or now - before.created < window) else None


def _spec(verdict: Verdict, settings: Settings, now: datetime) -> RefreshSpec:
    subject = verdict.subject
    return RefreshSpec(
        cluster=subject.cluster,
        account=subject.account,
        repository=subject.repository,
        image=subject.image,
        reason=f"{subject.account} may read {subject.repository}, and pod {subject.namespace}/{subject.pod} is denied "
        f"on {subject.node}",
        requested_by="repull",
        asked_at=now,
        first_nodes=(subject.node,),
        method=settings.method,
        max_unavailable=settings.max_unavailable,
        contrast=verdict.contrast or Contrast.ELIMINATION,
    )


def _publish(name: str, subject: Subject, ports: DiagnosisPorts) -> Reply:
    ports.outbox.publish_step(Continue(cluster=subject.cluster, refresh=name, slot=0, step=0).json())
    return Reply.HANDLED
