"""What a message is answered with, of which nothing comes, a row each."""

from sandbox.scenarios.refusal import NODE, End, Refusal

ROWS = (
    Refusal(
        name="force-forbidden",
        shows="a message asks for force where the setting forbids it: kept with its reason, and nothing is opened",
        words=("force", "this installation forbids it (REPULL_FORCE is forbid)"),
        settings={"REPULL_FORCE": "forbid"},
        asked={"force": True},
        end=End.NOT_OPENED,
    ),
    Refusal(
        name="no-such-node",
        shows="a message names a node that does not exist: kept with its reason, and nothing is opened",
        words=("gke-main-apps-typo", "names of nodes that exist; see kubectl get nodes"),
        asked={"nodes": "gke-main-apps-typo"},
        end=End.NOT_OPENED,
    ),
    Refusal(
        name="no-image",
        shows="a message names no image to probe with, and nothing fails to pull: nothing is opened",
        words=("the image to probe with, since no pod fails to pull now",),
        asked={"image": None},
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
