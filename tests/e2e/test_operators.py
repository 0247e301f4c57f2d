"""The operators' commands at the world's doors: what they publish and write, and what comes of it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import deployment
from sandbox.scenarios import runbook
from tests.e2e.caller import ROOT, Caller, caller, grant, shown
from tests.e2e.standing import Standing, standing
from tests.e2e.terminal import terminal

IMAGE = runbook.image("ocr-worker", "v1")
A1, B1 = runbook.A1, runbook.B1


@pytest.fixture(scope="module")
def here() -> Iterator[Standing]:
    with standing() as found:
        yield found


@pytest.fixture(scope="module")
def sre(here: Standing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    grant(here)
    with caller(here, tmp_path_factory.mktemp("sre")) as found:
        yield found


def asked(here: Standing, action: str) -> list[dict[str, Any]]:
    """The messages of this kind on the step topic, oldest first."""
    on_topic = [each for each in here.world.tap.messages if each.topic == deployment.STEPS_TOPIC]
    return [each.json for each in on_topic if each.json["action"] == action]


def test_a_plan_says_of_every_node_what_would_become_of_it_and_changes_nothing(sre: Caller) -> None:
    lone = {"metadata": {"name": "lone"}, "spec": {"nodeName": A1, "containers": [{"name": "c", "image": IMAGE}]}}
    sre.here.background.run(
        sre.here.world.admin.create("pods", lone | {"metadata": lone["metadata"] | {"namespace": "prod-app"}})
    )

    done = sre.run("start", "--dry-run", "--pool", runbook.POOL, "--image", IMAGE, "-o", "json")
    plan = json.loads(done.stdout)
    nodes = {each["node"]: each for each in plan["nodes"]}

    assert done.returncode == 0, shown(done)
    assert (sorted(nodes), plan["total"], plan["refresh"]) == (sorted(runbook.NODES), 4, "")
    assert "pod prod-app/lone" in " ".join(nodes[A1]["refusals"])
    assert "deleteBarePods" in " ".join(nodes[A1]["refusals"])
    assert nodes[B1]["refusals"] == []
    assert all(pod.startswith("prod-app/") and runbook.AGENT not in pod for pod in nodes[B1]["evicts"])
    assert nodes[B1]["evicts"]
    assert (asked(sre.here, "start"), sre.changes()) == ([], [])


def test_consent_changes_the_plan(sre: Caller) -> None:
    done = sre.run("start", A1, "--delete-bare-pods", "--force", "--dry-run", "--image", IMAGE)

    assert done.returncode == 0, shown(done)
    assert "refuse" not in done.stdout, shown(done)
    assert "renew" in done.stdout
    assert "prod-app/lone" in done.stdout


@pytest.mark.parametrize(
    "arguments, code, words",
    [
        pytest.param([A1, "--image", IMAGE], 2, "use --yes, or --dry-run", id="nobody-can-answer"),
        pytest.param([A1, "--pool", "apps", "--yes"], 2, "without --pool", id="name-and-pool"),
        pytest.param(["--yes"], 2, "the image to probe with", id="nothing-fails"),
        pytest.param(["nonesuch", "--image", IMAGE, "--yes"], 2, "names of nodes that exist", id="no-such-node"),
        pytest.param(["-l", "colour=green", "--yes"], 2, "labels that nodes carry", id="no-such-label"),
        pytest.param(["--topic", "node-refresh", "--yes"], 2, "projects/PROJECT/topics/TOPIC", id="no-topic"),
        pytest.param(["--max-unavailable", "99", "--yes"], 2, "a number from 1 to 50", id="too-many"),
        pytest.param([A1, "--image", IMAGE, "--yes"], 3, "every node would be refused", id="nothing-to-do"),
        pytest.param(
            [B1, "--image", IMAGE, "--yes", "--topic", "projects/acme-prod/topics/elsewhere"],
            1,
            "roles/pubsub.publisher on projects/acme-prod/topics/elsewhere",
            id="topic-not-there",
        ),
    ],
)
def test_what_can_not_be_started_is_said_with_what_to_change(
    sre: Caller, arguments: list[str], code: int, words: str
) -> None:
    done = sre.run("start", *arguments)

    assert done.returncode == code, shown(done)
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert asked(sre.here, "start") == []


def test_no_is_taken_for_an_answer(sre: Caller) -> None:
    with terminal(sre.command("start", B1, "--image", IMAGE), cwd=ROOT, environ=sre.environ) as screen:
        screen.read_until("Start it? [y/N]")
        screen.type("n\n")

        assert screen.ends() == 1, screen.text
    assert "Nothing was started." in screen.text
    assert asked(sre.here, "start") == []


def test_a_start_is_the_message_that_a_hand_would_write(sre: Caller) -> None:
    done = sre.run("start", B1, "--image", IMAGE, "--reason", "grants changed", "--yes", "-o", "json", USER="ann")
    name = json.loads(done.stdout)["refresh"]

    assert done.returncode == 0, shown(done)
    sre.here.until(lambda: name in phases(sre.here), "the refresh of that name")
    assert asked(sre.here, "start") == [
        {
            "action": "start",
            "cluster": deployment.CLUSTER_KEY,
            "nodes": [B1],
            "image": IMAGE,
            "method": "Reset",
            "reason": "grants changed",
            "requestedBy": "ann",
        }
    ]
    sre.here.until(lambda: phases(sre.here)[name] == "Succeeded", "its end")


def phases(here: Standing) -> dict[str, str]:
    found = here.world.view.list("noderefreshes")
    return {each["metadata"]["name"]: (each.get("status") or {}).get("phase", "") for each in found}
