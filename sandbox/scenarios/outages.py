"""What is in the way of an outage that somebody asks for, a row each."""

from sandbox.scenarios import unscalable
from sandbox.scenarios.refusal import End, Refusal

_OUTAGE = {"method": "ScaleWorkloads", "acceptOutage": True}

ROWS = (
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
        inside=unscalable.autoscaler_at_least,
        asked=_OUTAGE,
    ),
    Refusal(
        name="may-not-scale",
        shows="an outage is asked for, and this installation does not grant the right to scale",
        words=(
            f"the refresh's account may not scale {unscalable.FAILING}",
            "infra/cluster/optional/scale-workloads.yaml",
        ),
        inside=unscalable.not_granted,
        asked=_OUTAGE,
    ),
    Refusal(
        name="node-kept",
        shows="an outage is asked for, and an annotation keeps the autoscaler from removing the node",
        words=("its annotation cluster-autoscaler.kubernetes.io/scale-down-disabled keeps it from being removed",),
        inside=unscalable.kept,
        asked=_OUTAGE,
    ),
    Refusal(
        name="nothing-to-scale",
        shows="an outage is asked for, and nothing on the node fails to pull",
        words=("no pod of a Deployment fails to pull there to be scaled; let the method be Reset",),
        inside=unscalable.nothing_fails,
        asked=_OUTAGE,
    ),
    Refusal(
        name="deployments-alone",
        shows="an outage is asked for, and a StatefulSet's pod fails as well, which is not scaled",
        words=("only Deployments are scaled, and prod-app/ledger-0 (StatefulSet) can't pull either",),
        inside=unscalable.stateful,
        asked=_OUTAGE,
    ),
    Refusal(
        name="claimed",
        shows="an outage is asked for, and an autoscaler sets the replicas of what fails: refused by name",
        words=("Deployment prod-app/claimed is scaled by HorizontalPodAutoscaler claimed",),
        inside=unscalable.claimed,
        asked=_OUTAGE,
    ),
    Refusal(
        name="gitops",
        shows="an outage is asked for, and Argo CD would undo it amid its course: refused by name",
        words=(f"{unscalable.FAILING} is managed by Argo CD (argocd.argoproj.io/instance)",),
        inside=unscalable.gitops,
        asked=_OUTAGE,
    ),
    Refusal(
        name="operated",
        shows="an outage is asked for, and what fails is another object's to bring back: refused by name",
        words=(f"{unscalable.FAILING} is managed by ConfigMap shop",),
        inside=unscalable.operated,
        asked=_OUTAGE,
    ),
    Refusal(
        name="outage-of-local-data",
        shows="an outage is asked for, and what fails keeps data in an emptyDir, to whose loss nobody has consented",
        words=(
            "pods keep data in emptyDir, which scaling to zero deletes, whatever node they are on: prod-app/claimed-",
            "(cache); move it, or give deleteLocalStorage",
        ),
        inside=unscalable.with_data,
        asked=_OUTAGE,
    ),
    Refusal(
        name="pod-stays",
        shows="an outage is asked for, and the autoscaler keeps the node for a pod that it never moves",
        words=("an autoscaler keeps it for prod-app/anchor-", "which it never moves; let the method be Reset"),
        inside=unscalable.anchored,
        asked=_OUTAGE,
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
    Refusal(
        name="no-outages",
        shows="a message asks for ScaleWorkloads where the setting forbids outages: nothing is opened",
        words=("this installation forbids outages (REPULL_ACCEPT_OUTAGE)",),
        settings={"REPULL_ACCEPT_OUTAGE": "forbid"},
        asked={"method": "ScaleWorkloads"},
        end=End.NOT_OPENED,
    ),
)
