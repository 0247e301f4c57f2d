"""An outage that an operator asks for, watches for a while, and follows to its end, with `repull` alone."""

import json
from collections.abc import Iterator

import pytest

from sandbox import deployment
from sandbox.scenarios import runbook
from tests.e2e import smallest
from tests.e2e.caller import ROOT, UNHURRIED, Caller, shown
from tests.e2e.outages import fails_on_one_node, removes_after
from tests.e2e.standing import Standing, standing
from tests.e2e.terminal import INTERRUPT, terminal

WORKLOAD = f"{runbook.NAMESPACE}/{smallest.WORKER}"
OUTAGE = ("start", smallest.STALE, "--method", "ScaleWorkloads")


@pytest.fixture(scope="module")
def here() -> Iterator[Standing]:
    with standing(scene=fails_on_one_node, settings={"REPULL_PROPAGATION_SECONDS": "3600"}) as found:
        yield found


def test_an_outage_is_asked_for_watched_left_alone_and_followed_to_its_end(sre: Caller) -> None:
    """Ctrl-C ends the watching, and nothing else."""
    project = f"projects/{deployment.PROJECT}"
    sre.here.world.policies.grant(f"serviceAccount:{sre.email}", "roles/logging.viewer", project)
    silent = sre.run(*OUTAGE, "--yes")
    assert silent.returncode == 2, shown(silent)
    assert "--method 'ScaleWorkloads' is not accepted; use ScaleWorkloads only with --accept-outage" in silent.stderr

    asked = sre.run(*OUTAGE, "--accept-outage", "--yes", "-o", "json", *UNHURRIED)
    told = json.loads(asked.stdout)
    name = told["refresh"]
    assert (asked.returncode, told["answer"]) == (0, "opened"), shown(asked)
    assert [each["scales"] for each in told["nodes"]] == [[WORKLOAD]]

    with terminal(sre.command("status", name, "--watch"), cwd=ROOT, environ=sre.environ) as screen:
        screen.read_until("AwaitRemoval")
        screen.type(INTERRUPT)
        assert screen.ends() == 130, screen.text
    assert f"Nobody looks any more, and {name} goes on; repull abort ends one." in " ".join(screen.text.split())
    assert "Traceback" not in screen.text
    still = sre.run("status", name)
    assert still.returncode == 4, shown(still)

    removes_after(sre.here.stage, 200)
    ended = sre.run("status", name, "--watch", "--timeout", "180s")
    trail = sre.run("audit", name)
    assert ended.returncode == 0, shown(ended)
    assert f"{name} Succeeded ScaleWorkloads: 1 of 1 node done (1 renewed)" in ended.stdout, shown(ended)
    whats = [word for line in trail.stdout.splitlines()[1:] for word in line.split() if word.startswith("scaled_")]
    assert sorted(set(whats)) == ["scaled_down", "scaled_up"], shown(trail)
