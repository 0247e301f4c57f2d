"""An abort that is asked for while the functions only observe: it waits, whoever asks is told, and it is not lost."""

from collections.abc import Iterator

import pytest

from functions import events
from sandbox import deployment
from tests.e2e import smallest
from tests.e2e.caller import UNHURRIED, Caller, shown
from tests.e2e.standing import Standing, standing

NAME = "by-hand"


@pytest.fixture(scope="module")
def here() -> Iterator[Standing]:
    with standing(scene=smallest.everything_runs, settings={"REPULL_MODE": "observe"}) as found:
        yield found


def test_an_abort_waits_until_the_mode_is_remediate(sre: Caller) -> None:
    here, world = sre.here, sre.here.world
    world.policies.grant(f"serviceAccount:{sre.email}", "roles/logging.viewer", f"projects/{deployment.PROJECT}")
    spec = {"cluster": deployment.CLUSTER_KEY, "image": smallest.IMAGE, "method": "Reset", "maxUnavailable": "1"}
    made = {"apiVersion": "repull.dev/v1alpha1", "kind": "NodeRefresh", "metadata": {"name": NAME}, "spec": spec}
    here.background.run(world.admin.create("noderefreshes", made))
    waits = sre.run("abort", "--reason", "not now", "--timeout", "8s", USER="ann")

    assert waits.returncode == 4, shown(waits)
    assert waits.stdout.startswith(f"{NAME} is asked to end, and does not yet")
    here.until(lambda: is_told(here), "the function's answer, for which a busy machine may take longer")
    trail = sre.run("audit", NAME, "--event", "retry")
    assert f"{NAME} is not aborted yet (ann: not now)" in " ".join(trail.stdout.split()), shown(trail)
    assert here.written() == 0

    world.refresh.environ["REPULL_MODE"] = "remediate"
    here.anew(world.refresh)
    here.until(lambda: phase(here) == "Aborted", "the abort of before, which the queue has kept")
    assert len(here.steps("abort")) == 1
    over = sre.run("abort", NAME, *UNHURRIED)
    assert (over.returncode, over.stdout) == (0, f"{NAME} is over already: Aborted\n"), shown(over)


def is_told(here: Standing) -> bool:
    payloads = [entry.get("jsonPayload") or {} for entry in here.world.logs]
    said = [str(each["message"]) for each in payloads if each.get("event") == events.RETRY]
    return any(f"{NAME} is not aborted" in each and "observe mode writes nothing" in each for each in said)


def phase(here: Standing) -> str:
    return str((here.world.view.get("noderefreshes", NAME).get("status") or {}).get("phase"))
