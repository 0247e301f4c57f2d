"""Says that a NodeRefresh was opened; and once more where whoever opened it may have died before it said so.

Said before, it could be untrue: the name may be taken, or the API server refuse it.
"""

from functions import events
from functions.model.refresh import Refresh, RefreshSpec
from functions.ports import Audit


def tell(name: str, spec: RefreshSpec, audit: Audit) -> None:
    """All that it was asked for with, whoever asked."""
    audit.record(
        events.REFRESH_OPENED,
        f"opened {name}: {spec.reason}",
        cluster=str(spec.cluster),
        refresh=name,
        node=next(iter(spec.first_nodes), ""),
        account=spec.account,
        contrast=spec.contrast,
        reason=spec.reason,
        requested_by=spec.requested_by,
    )


def tell_again(refresh: Refresh, audit: Audit) -> None:
    """By whoever sets it going: while it has no slot, nobody has taken up a message of whoever opened it."""
    if not refresh.status.slots:
        tell(refresh.name, refresh.spec, audit)
