"""What a method can't do to the node's machine, a row each."""

from sandbox.scenarios import unfit
from sandbox.scenarios.refusal import End, Refusal

_STOPPING = {"REPULL_ALLOW_STOP_START": "on"}

ROWS = (
    Refusal(
        name="group-at-work",
        shows="the machine's instance group is at work on it",
        words=("its instance group is at work on it (REFRESHING); wait until that is done",),
        inside=unfit.group_at_work,
    ),
    Refusal(
        name="local-ssd",
        shows="the method would lose what is on a local SSD, and nobody has consented",
        words=("what is on its local SSDs (local-ssd-0) would be lost", "deleteLocalSsd"),
        inside=unfit.local_ssd,
        asked={"method": "Recreate"},
    ),
    Refusal(
        name="local-ssd-forbidden",
        shows="the method would lose what is on a local SSD, and no message may consent to that",
        words=("local-ssd-0", "let REPULL_DELETE_LOCAL_SSD be ask, or let the method be Reset"),
        inside=unfit.local_ssd,
        asked={"method": "Recreate"},
        settings={"REPULL_DELETE_LOCAL_SSD": "forbid"},
    ),
    Refusal(
        name="spot",
        shows="a Spot machine that is recreated may not come back",
        words=("is a Spot machine, which may not come back once it is off; let the method be Reset",),
        inside=unfit.spot,
        asked={"method": "Recreate"},
    ),
    Refusal(
        name="regional-disk",
        shows="a regional disk is attached, which may be forced onto another machine while this one is away",
        words=("regional persistent disks are attached (ledger)", "move the pods that use them first"),
        inside=unfit.regional_disk,
        asked={"method": "Recreate"},
    ),
    Refusal(
        name="group-forbids-replacement",
        shows="the policy of the machine's instance group allows no replacement",
        words=("allows nothing more disruptive than RESTART (updatePolicy.mostDisruptiveAllowedAction)",),
        inside=unfit.replacement_forbidden,
        asked={"method": "Recreate"},
    ),
    Refusal(
        name="another-template",
        shows="a machine that is recreated would be made from another template than it has",
        words=("would make the machine from another template than it has (upgraded, not ", "upgrade the pool first"),
        inside=unfit.template_changed,
        asked={"method": "Recreate"},
    ),
    Refusal(
        name="group-forbids-restart",
        shows="the policy of the machine's instance group allows no restart",
        words=("allows nothing more disruptive than REFRESH (updatePolicy.mostDisruptiveAllowedAction)",),
        inside=unfit.restart_forbidden,
        settings=_STOPPING,
        asked={"method": "StopStart"},
    ),
    Refusal(
        name="standby-pool",
        shows="the machine's instance group keeps stopped machines in reserve, and would start them by itself",
        words=("its instance group keeps a standby pool of stopped machines; let the method be Reset",),
        inside=unfit.standby_pool,
        settings=_STOPPING,
        asked={"method": "StopStart"},
    ),
    Refusal(
        name="stop-start-forbidden",
        shows="a message asks for StopStart where the setting does not permit it: nothing is opened",
        words=("this installation stops no machines (REPULL_ALLOW_STOP_START)",),
        asked={"method": "StopStart"},
        end=End.NOT_OPENED,
    ),
)
