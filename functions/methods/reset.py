"""Reset: power off and on again (instances.reset). The same machine, disks and Node; what was in memory is gone."""

from functions import events
from functions.methods.circumstances import group_is_at_work
from functions.methods.way import Call
from functions.model.refresh import Phase

WAY = Call(
    noun="reset",
    did="reset",
    event=events.RESET,
    request="",  # as it was before there was another method
    refuses=(group_is_at_work,),
    looks_closer=False,
    ask=lambda compute, machine, _, request, guard: compute.reset(machine, request, guard),
    under_way=None,  # the machine is RUNNING all along
    another_machine=False,
    moves_sizes=False,
    then=Phase.AWAIT_BOOT,
)
