"""An abort: a refresh takes no further node, and a node that is not renewed yet is given back.

It is written on the refresh, and takes effect once its slots are woken. Harmless to repeat.
"""

from dataclasses import replace

from functions import events
from functions.errors import BadInput, Conflict, NotFound, Retryable
from functions.messages.steps import Abort
from functions.model.refresh import Refresh
from functions.ports import Cluster, RefreshPorts
from functions.racing import ATTEMPTS, apart
from functions.reply import Reply
from functions.settings import Settings
from functions.text import cut
from functions.waking import set_going

LONGEST_WHY = 200


def abort(message: Abort, ports: RefreshPorts, settings: Settings) -> Reply:
    """Take no further node; nodes that are not renewed yet are given back. An ended refresh stays as it ended.

    Raises BadInput where there is none of that name.
    """
    cluster = ports.gke.connect(message.cluster)
    why = f"aborted by message: {_wanted(message)}"
    for lost in range(1, ATTEMPTS + 1):
        refresh = _abortable(message, cluster)
        if refresh is None:
            return Reply.DUPLICATE
        if lost == 1:  # before it is written: the message would be taken for one that comes twice
            said = f"{refresh.name}: {why}"
            ports.audit.record(events.STOPPING, said, warning=True, cluster=str(message.cluster), refresh=refresh.name)
        try:
            refresh = cluster.refreshes.write(
                refresh, replace(refresh.status, aborting=True, stopping=_besides(why, refresh.status.stopping))
            )
        except (Conflict, NotFound):  # the next look says which
            ports.clock.pause(apart(lost))
            continue
        set_going(cluster, refresh, ports, settings)
        return Reply.HANDLED
    raise Retryable(f"aborting {message.refresh}: lost {ATTEMPTS} races in a row")


def put_off_abort(message: Abort, ports: RefreshPorts, why: str) -> Reply:
    """What is said of an abort while nothing may be written. Where there is nothing to abort, it need not wait.

    Raises Retryable, with who wants it, and BadInput where there is none of that name.
    """
    if _abortable(message, ports.gke.connect(message.cluster)) is None:
        return Reply.DUPLICATE
    error = Retryable(f"{message.refresh} is not aborted yet ({_wanted(message)}): {why}")
    error.about = {"cluster": str(message.cluster), "refresh": message.refresh}
    raise error


def _wanted(message: Abort) -> str:
    return message.reason or "nobody said who or why"


def _abortable(message: Abort, cluster: Cluster) -> Refresh | None:
    """None where it is over or ending already. Raises BadInput where there is none of that name."""
    refresh = cluster.refreshes.get(message.refresh)
    if refresh is None:
        raise _unknown(message)
    return None if refresh.status.phase.over or refresh.status.aborting else refresh


def _unknown(message: Abort) -> BadInput:
    """A person's message, who believes that something was stopped."""
    error = BadInput(
        field="refresh",
        value=message.refresh,
        accepted=f"the name of a NodeRefresh of {message.cluster}, as kubectl get noderefreshes shows it",
    )
    error.about = {"cluster": str(message.cluster), "refresh": message.refresh}
    return error


def _besides(why: str, before: str) -> str:
    """Who has ended it comes first, not at the cost of what had stopped it before: that may name a node to see to."""
    return f"{cut(why, LONGEST_WHY)}; it was stopping already: {before}" if before else cut(why)
