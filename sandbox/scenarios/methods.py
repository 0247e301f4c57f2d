"""What a method can't do to the node's machine, or must not do to what runs there, a row each."""

from sandbox.scenarios import unfit
from sandbox.scenarios.refusal import End, Refusal

_OUTAGE = {"method": "ScaleWorkloads", "acceptOutage": True}

REFUSALS = (
    Refusal(
        name="local-ssd",
        shows="the method would lose what is on a local SSD, and nobody has consented",
        words=("local-ssd-0", "deleteLocalSsd"),
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
        name="no-autoscaler",
        shows="an outage is asked for, and no autoscaler would remove the node",
        words=("no autoscaler would remove it from pool 'apps'",),
        asked=_OUTAGE,
    ),
    Refusal(
        name="pool-at-its-least",
        shows="an outage is asked for, and the pool's autoscaler leaves as many nodes as there are",
        words=("the autoscaler of its pool leaves", "and there are no more"),
        inside=unfit.autoscaler_at_least,
        asked=_OUTAGE,
    ),
    Refusal(
        name="claimed",
        shows="an outage is asked for, and an autoscaler sets the replicas of what fails: refused by name",
        words=("Deployment prod-app/claimed is scaled by HorizontalPodAutoscaler claimed",),
        inside=unfit.claimed,
        asked=_OUTAGE,
    ),
    Refusal(
        name="stop-start-forbidden",
        shows="a message asks for StopStart where the setting does not permit it: nothing is opened",
        words=("this installation stops no machines (REPULL_ALLOW_STOP_START)",),
        asked={"method": "StopStart"},
        end=End.NOT_OPENED,
    ),
    Refusal(
        name="outage-not-accepted",
        shows="a message asks for ScaleWorkloads, and does not accept the outage: nothing is opened",
        words=("ScaleWorkloads only with acceptOutage",),
        asked={"method": "ScaleWorkloads"},
        end=End.NOT_OPENED,
    ),
    Refusal(
        name="outage-forbidden",
        shows="a message accepts an outage where the setting forbids it: nothing is opened",
        words=("acceptOutage", "this installation forbids it (REPULL_ACCEPT_OUTAGE is forbid)"),
        settings={"REPULL_ACCEPT_OUTAGE": "forbid"},
        asked=_OUTAGE,
        end=End.NOT_OPENED,
    ),
)
