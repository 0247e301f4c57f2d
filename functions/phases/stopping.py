"""What a stop changes of its group for a while: the sizes, noted before the call, in the slot and beyond it."""

from typing import Any

from functions.errors import Refused
from functions.hold import Hold
from functions.ports import Stop


def sizes(hold: Hold) -> dict[str, Any]:
    """The group's sizes as they are, as fields of the slot. Raises Refused where the group is gone."""
    group = hold.ports.groups.group(hold.slot.group)
    if group is None:
        raise Refused(f"instance group {hold.slot.group} is gone")
    return {"target_size": group.target_size, "target_stopped_size": group.target_stopped_size}


def noted(hold: Hold) -> Stop:
    """What the sweep must know to start the machine, should this refresh be deleted or end before it runs again."""
    slot = hold.slot
    return Stop(
        instance=slot.instance_id,
        provider_id=slot.provider_id,
        group=slot.group,
        refresh=hold.name,
        at=slot.renewed_at or hold.now(),
        target_size=slot.target_size or 0,
        target_stopped_size=slot.target_stopped_size or 0,
    )
