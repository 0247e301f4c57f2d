"""What keeps a node from being touched, a row each: one story, in which only the obstacle differs.

Whatever is in the way is named, and nothing is done to the node.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum

from sandbox import judge
from sandbox.judge import Check
from sandbox.scenarios import obstacles, runbook
from sandbox.scenarios.scenario import Scenario
from sandbox.scenarios.stage import Stage
from sandbox.world import World

NODE = obstacles.NODE


class End(StrEnum):
    """How the story ends."""

    REFUSED = "refused"
    PASSED_OVER = "passed over"
    HELD = "held"
    NOT_OPENED = "not opened"


@dataclass(frozen=True, kw_only=True, slots=True)
class Refusal:
    """`inside` puts something in the way of the renewal of NODE, and takes it away again."""

    name: str
    shows: str
    words: tuple[str, ...] = ()  # by which the obstacle is named
    inside: Callable[[Stage], AbstractAsyncContextManager[None]] = obstacles.nothing
    settings: Mapping[str, str] = field(default_factory=dict)
    asked: Mapping[str, object] = field(default_factory=dict)  # more of the start message
    end: End = End.REFUSED

    def judged(self, world: World, said: str) -> tuple[Check, ...]:
        """What the world is like when the story is over; `said` is all that the functions have logged."""
        untouched = (
            judge.no_node_was_cordoned(world),
            judge.nothing_was_evicted(world),
            judge.were_reset(world, ()),
        )
        if self.end is End.NOT_OPENED:
            named = all(word in said for word in self.words)
            logged = Check(says=f"the log names {' and '.join(self.words)}", holds=named, why=said)
            return logged, judge.no_refresh(world), judge.nothing_was_touched(world), *untouched
        return (*_ENDS[self.end](world, self.words), *untouched)

    def judged_afterwards(self, world: World) -> tuple[Check, ...]:
        """Once the obstacle is gone as well; a run that is held is not over."""
        return () if self.end is End.HELD else (judge.nothing_is_left(world),)


def _refused(world: World, words: tuple[str, ...]) -> tuple[Check, ...]:
    ended = judge.refresh_ended(world, "Failed", "Failed", naming=words)
    return ended, judge.counted(world, refused=1)


def _passed_over(world: World, words: tuple[str, ...]) -> tuple[Check, ...]:
    ended = judge.refresh_ended(world, "Succeeded", "Complete", naming=words)
    return ended, judge.counted(world, passedOver=1)


def _held(world: World, words: tuple[str, ...]) -> tuple[Check, ...]:
    return (judge.is_held(world, *words),)


_ENDS = {End.REFUSED: _refused, End.PASSED_OVER: _passed_over, End.HELD: _held}

REFUSALS = (
    Refusal(
        name="bare-pod",
        shows="a pod that no controller brings back, and nobody has consented to its loss",
        words=("pod prod-app/lone has no controller", "deleteBarePods"),
        inside=obstacles.bare_pod,
    ),
    Refusal(
        name="local-data",
        shows="a pod that keeps data in an emptyDir, and nobody has consented to its loss",
        words=("keeps data in emptyDir (cache)", "deleteLocalStorage"),
        inside=obstacles.local_data,
    ),
    Refusal(
        name="volume-stays",
        shows="a DaemonSet's pod has a volume, which a drain leaves attached: the node would be drained in vain",
        words=(f"{obstacles.VOLUME} stays attached for pod prod-app/scratch-", "take the pod off the node first"),
        inside=obstacles.volume_stays,
    ),
    Refusal(
        name="no-room",
        shows="a pod that would find no room on the other nodes, where the setting says that this is a refusal",
        words=("no other node takes pod prod-app/giant-", "with too little cpu"),
        inside=obstacles.no_room,
        settings={"REPULL_ROOM": "refuse"},
    ),
    Refusal(
        name="last-node",
        shows="somebody has cordoned the other nodes of its pool, and another pool has room",
        words=("is the last Ready node of pool apps that takes pods", "REPULL_LAST_NODE"),
        inside=obstacles.others_cordoned,
    ),
    Refusal(
        name="left-cordoned",
        shows="a node that an earlier refresh had to leave cordoned takes the only place",
        words=("still cordoned after unproven renewals", "(by earlier)"),
        inside=obstacles.left_cordoned,
    ),
    Refusal(
        name="pool-ails",
        shows="another node of the pool is not Ready, and none may be",
        words=("other nodes of pool apps are not Ready: gke-main-apps-ails", "REPULL_NOT_READY is 0"),
        inside=obstacles.another_is_down,
        settings={"REPULL_NOT_READY": "0", "REPULL_BOOT_SECONDS": "0"},
    ),
    Refusal(
        name="upgrade-under-way",
        shows="GKE is changing the node's pool: no node is taken until it has done",
        words=("GKE is at work on node pool apps (RECONCILING)",),
        inside=obstacles.pool_is_changed,
        end=End.HELD,
    ),
    Refusal(
        name="autopilot",
        shows="the cluster is an Autopilot one, whose machines are Google's to manage",
        words=("is Autopilot: its machines are Google's to manage",),
        inside=obstacles.autopilot,
    ),
    Refusal(
        name="windows",
        shows="the node runs Windows: its kubelet can't be probed",
        words=(f"node {obstacles.WINDOWS} runs windows, and only Linux nodes can be probed",),
        inside=obstacles.windows,
        asked={"nodes": obstacles.WINDOWS},
    ),
    Refusal(
        name="scaled-down",
        shows="the autoscaler is about to remove the node",
        words=("is about to be removed, by its taint ToBeDeletedByClusterAutoscaler",),
        inside=obstacles.scaled_down,
    ),
    Refusal(
        name="local-ssd",
        shows="the method would lose what is on a local SSD, and nobody has consented",
        words=("local-ssd-0", "deleteLocalSsd"),
        inside=obstacles.local_ssd,
        asked={"method": "Recreate"},
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
    Refusal(
        name="change-freeze",
        shows="a change freeze: no node is taken until it is over",
        words=("change freeze, 2020-01-01",),
        settings={"REPULL_FREEZES": "2020-01-01..2099-12-31"},
        end=End.HELD,
    ),
    Refusal(
        name="paused-by-setting",
        shows="REPULL_PAUSE is on: no node of any cluster is taken",
        words=("paused by the setting REPULL_PAUSE",),
        settings={"REPULL_PAUSE": "on"},
        end=End.HELD,
    ),
    Refusal(
        name="cluster-paused",
        shows="the whole cluster is paused, as repull pause does: no node is taken until it is resumed",
        words=("the cluster is paused by ann: the launch is on",),
        inside=obstacles.cluster_paused,
        end=End.HELD,
    ),
    Refusal(
        name="spoilt-state",
        shows="somebody has spoilt the ConfigMap that remembers renewals: no node is taken until it can be read",
        words=("ConfigMap repull/state: data.renewals can't be read", "kubectl -n repull delete configmap state"),
        inside=obstacles.spoilt_state,
        end=End.HELD,
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
        name="force-forbidden",
        shows="a message asks for force where the setting forbids it: kept with its reason, and nothing is opened",
        words=("force", "this installation forbids it"),
        settings={"REPULL_FORCE": "forbid"},
        asked={"force": True},
        end=End.NOT_OPENED,
    ),
    Refusal(
        name="dry-run",
        shows="a dry run says node by node what would be done, and writes nothing",
        words=(f"would probe {NODE}", "nothing was written"),
        asked={"dryRun": True},
        end=End.NOT_OPENED,
    ),
    Refusal(
        name="observe-mode",
        shows="REPULL_MODE is observe: a plan is said, and nothing is written",
        words=(f"would probe {NODE}", "nothing was written"),
        settings={"REPULL_MODE": "observe"},
        end=End.NOT_OPENED,
    ),
)


def scenario(refusal: Refusal) -> Scenario:
    """The row as a story of its own."""

    async def play(stage: Stage) -> tuple[Check, ...]:
        await runbook.everything_runs(stage)
        async with refusal.inside(stage):
            runbook.go_stale(stage, NODE)
            await stage.start(image=obstacles.IMAGE, reason=refusal.shows, **{"nodes": NODE, **refusal.asked})
            await _OVER[refusal.end](stage, refusal)
            lines = (entry.get("jsonPayload", {}).get("message", "") for entry in stage.world.logs)
            checks = refusal.judged(stage.world, "\n".join(map(str, lines)))
        return (*checks, *refusal.judged_afterwards(stage.world))

    return Scenario(name=refusal.name, shows=refusal.shows, play=play, settings=refusal.settings)


async def _ends(stage: Stage, _: Refusal) -> bool:
    return await stage.refresh_is_over()


async def _is_held(stage: Stage, refusal: Refusal) -> bool:
    return await stage.is_held(refusal.words[0])


async def _is_answered(stage: Stage, _: Refusal) -> bool:
    """By the last line of a plan, or that the message is kept."""

    def answered() -> bool:
        return bool(stage.audit("repull.observed") or stage.audit("repull.rejected"))

    return await stage.until(answered, "an answer in the log")


_OVER: Mapping[End, Callable[[Stage, Refusal], Awaitable[bool]]] = {
    End.REFUSED: _ends,
    End.PASSED_OVER: _ends,
    End.HELD: _is_held,
    End.NOT_OPENED: _is_answered,
}
