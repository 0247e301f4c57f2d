"""Start a refresh by hand: fill in what the message left out, then open a NodeRefresh and publish its first step.

In observe mode, and with `dryRun`, nothing is written: the plan is said, node by node.
"""

import hashlib
from dataclasses import replace

from functions import events, opened
from functions.errors import BadInput
from functions.hold import new_holder
from functions.messages.steps import Continue, Start
from functions.model.names import ClusterKey
from functions.plan import Plan, plan, specify
from functions.ports import Audit, RefreshPorts
from functions.reply import Reply
from functions.settings import Mode, Settings


def start(message: Start, ports: RefreshPorts, settings: Settings, *, message_id: str) -> Reply:
    """Open the refresh that the message asks for. The same message again opens nothing new. Raises BadInput."""
    cluster = ports.gke.connect(message.cluster)
    name = refresh_name(message.cluster, message_id or new_holder())
    only_said = message.dry_run or settings.mode is Mode.OBSERVE
    if not only_said and (found := cluster.refreshes.get(name)):  # by this message, whose process has died since
        opened.tell_again(found, ports.audit)
        return _publish(message, name, ports)
    try:
        spec = replace(specify(message, cluster, settings), asked_at=ports.clock.now())
        _known(message, ports)
    except BadInput as error:
        error.about = {"cluster": str(message.cluster), "refresh": name}
        raise
    if only_said:
        _say(plan(name, spec, cluster, ports, settings), ports.audit)
        return Reply.HANDLED
    if cluster.refreshes.create(name, spec):
        opened.tell(name, spec, ports.audit)
    elif found := cluster.refreshes.get(name):  # by the same message, delivered twice at once
        opened.tell_again(found, ports.audit)
    return _publish(message, name, ports)


def _publish(message: Start, name: str, ports: RefreshPorts) -> Reply:
    ports.outbox.publish_step(Continue(cluster=message.cluster, refresh=name, slot=0, step=0).json())
    return Reply.HANDLED


def _known(message: Start, ports: RefreshPorts) -> None:
    """Whether nodes run as the account that is named. Raises BadInput."""
    if not message.account:
        return
    pools = ports.gke.cluster(message.cluster).pools
    if not any(pool.runs_as(message.account) for pool in pools):
        accounts = ", ".join(sorted({pool.service_account for pool in pools}))
        raise BadInput(
            field="account", value=message.account, accepted=f"the service account of a node pool: {accounts}"
        )


def refresh_name(cluster: ClusterKey, message_id: str) -> str:
    """What the refresh is called that a message opens: whoever has published it knows the name beforehand."""
    return f"manual-{hashlib.sha256(f'{cluster}/{message_id}'.encode()).hexdigest()[:10]}"


def _say(planned: Plan, audit: Audit) -> None:
    cluster, name = str(planned.spec.cluster), planned.refresh
    if planned.held:
        audit.record(events.PLAN, f"would take no node for now: {planned.held}", cluster=cluster, refresh=name)
    for each in planned.nodes:
        audit.record(
            events.PLAN,
            each.would,
            cluster=cluster,
            refresh=name,
            node=each.node,
            refusals=each.refusals,
            evicts=each.evicts,
            warnings=each.warnings,
            scales=each.scales,
        )
    audit.record(
        events.OBSERVED,
        f"planned {len(planned.nodes)} of {planned.total} nodes; nothing was written" + _why(planned.spec.reason),
        cluster=cluster,
        refresh=name,
        total=planned.total,
    )


def _why(reason: str) -> str:
    return f" ({reason})" if reason else ""
