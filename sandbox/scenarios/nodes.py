"""What keeps a node from being renewed by whatever method, a row each: its pool, its machine, its past."""

from sandbox import deployment
from sandbox.scenarios import forgeries, obstacles, surroundings
from sandbox.scenarios.refusal import NODE, End, Refusal

ROWS = (
    Refusal(
        name="pool-ails",
        shows="another node of the pool is not Ready, and none may be",
        words=("other nodes of pool apps are not Ready: gke-main-apps-ails", "REPULL_NOT_READY is 0"),
        inside=surroundings.another_is_down,
        settings={"REPULL_NOT_READY": "0", "REPULL_BOOT_SECONDS": "0.001"},  # or a node so young does not count
    ),
    Refusal(
        name="not-ready-node",
        shows="the node itself is not Ready: nobody can ask its kubelet anything",
        words=(f"node {surroundings.AILS} is not Ready: its kubelet can't be asked",),
        inside=surroundings.another_is_down,
        asked={"nodes": surroundings.AILS},
    ),
    Refusal(
        name="probe-altered",
        shows="the probe would bring a pull secret along: its answer would tell nothing of the node's own credential",
        words=(
            "the probe can't tell: the probe has imagePullSecrets (mirror)",
            "remove them from account repull/probe",
        ),
        inside=surroundings.probe_altered,
    ),
    Refusal(
        name="upgrade-under-way",
        shows="GKE is changing the node's pool: no node is taken until it has done",
        words=("GKE is at work on node pool apps (RECONCILING)",),
        inside=surroundings.pool_is_changed,
        end=End.HELD,
    ),
    Refusal(
        name="cluster-upgrade",
        shows="GKE is changing the cluster itself: no node is taken until it has done",
        words=("GKE is at work on the cluster (RECONCILING)",),
        inside=surroundings.cluster_is_changed,
        end=End.HELD,
    ),
    Refusal(
        name="repair-under-way",
        shows="GKE repairs another node of the pool, whose status does not tell: no node is taken until it has done",
        words=("GKE is at work on node pool apps (AUTO_REPAIR_NODES)",),
        inside=surroundings.another_is_repaired,
        end=End.HELD,
    ),
    Refusal(
        name="cluster-in-error",
        shows="the cluster is in a state that does not pass by itself",
        words=(f"cluster {deployment.CLUSTER_KEY} is ERROR: that does not pass by itself", "clusters describe"),
        inside=surroundings.cluster_fails,
    ),
    Refusal(
        name="pool-in-error",
        shows="the node's pool is in a state that does not pass by itself",
        words=("node pool apps is ERROR: that does not pass by itself", "node-pools describe apps"),
        inside=surroundings.pool_fails,
    ),
    Refusal(
        name="autopilot",
        shows="the cluster is an Autopilot one, whose machines are Google's to manage",
        words=("is Autopilot: its machines are Google's to manage",),
        inside=surroundings.autopilot,
    ),
    Refusal(
        name="windows",
        shows="the node runs Windows: its kubelet can't be probed",
        words=(f"node {surroundings.WINDOWS} runs windows, and only Linux nodes can be probed",),
        inside=surroundings.windows,
        asked={"nodes": surroundings.WINDOWS},
    ),
    Refusal(
        name="scaled-down",
        shows="the autoscaler is about to remove the node",
        words=("is about to be removed, by its taint ToBeDeletedByClusterAutoscaler",),
        inside=obstacles.scaled_down,
    ),
    Refusal(
        name="about-to-end",
        shows="Google is about to end the machine, as the node's taint says",
        words=("is about to be removed, by its taint cloud.google.com/impending-node-termination",),
        inside=obstacles.about_to_end,
    ),
    Refusal(
        name="drained-by-gke",
        shows="GKE is about to drain the node, as its label says",
        words=("is about to be drained by GKE, by its label operation.gke.io/type",),
        inside=obstacles.drained_by_gke,
    ),
    Refusal(
        name="foreign-pool",
        shows="the node says that it is in a pool that the cluster does not have",
        words=("its pool 'shadow' is no pool of cluster", "see who made the Node"),
        inside=forgeries.of_no_pool,
        asked=forgeries.FORCED,
    ),
    Refusal(
        name="no-machine",
        shows="a Node object that names no machine of Compute Engine",
        words=("its providerID '' names no Compute Engine machine", "see who made the Node"),
        inside=forgeries.without_machine,
        asked=forgeries.FORCED,
    ),
    Refusal(
        name="another-nodes-machine",
        shows="a Node object that names the machine of another node",
        words=(f"it claims to be machine {NODE}, and GKE gives a node its machine's name",),
        inside=forgeries.of_another,
        asked=forgeries.FORCED,
    ),
    Refusal(
        name="foreign-project",
        shows="a Node object that names a machine of another project",
        words=(f"is outside the cluster's project {deployment.PROJECT}",),
        inside=forgeries.of_another_project,
        asked=forgeries.FORCED,
    ),
    Refusal(
        name="foreign-zone",
        shows="a Node object that names a machine in a zone where the pool has none",
        words=("is in no instance group of cluster", "see who made the Node"),
        inside=forgeries.of_another_zone,
        asked=forgeries.FORCED,
    ),
    Refusal(
        name="machine-gone",
        shows="the node's instance group has no machine for it at present",
        words=(
            "its instance group has no machine for it at present; wait until it has",
            "Compute Engine knows no such machine",
        ),
        inside=forgeries.of_a_machine_to_come,
        asked=forgeries.FORCED | {"method": "Recreate"},
    ),
    Refusal(
        name="cooldown",
        shows="the machine was renewed for the same cause a while ago",
        words=(
            "was renewed for this cause before",
            "by REPULL_COOLDOWN_SECONDS of 21600",
            "let the method be Recreate",
        ),
        inside=obstacles.renewed_of_late,
        settings={"REPULL_COOLDOWN_SECONDS": "21600"},
    ),
    Refusal(
        name="opted-out",
        shows="the node carries the label that excludes it",
        words=("excluded by label repull.dev/exclude",),
        inside=obstacles.opted_out,
        end=End.PASSED_OVER,
    ),
)
