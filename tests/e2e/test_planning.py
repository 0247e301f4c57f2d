"""`repull start`: what it would do to each node, what it refuses to start, and whom it leaves out."""

import json
from pathlib import Path

import pytest

from functions.methods import CALLS
from sandbox import deployment
from sandbox.faults import Fault
from sandbox.google.hierarchy import ORGANIZATION
from sandbox.machines.hardware import CLOUD_PLATFORM
from sandbox.objects.pods import node_of
from sandbox.scenarios import runbook
from tests.e2e.caller import ROOT, UNHURRIED, Caller, caller, shown
from tests.e2e.standing import Standing
from tests.e2e.terminal import INTERRUPT, terminal

IMAGE = runbook.image("ocr-worker", "v1")
A1, B1 = runbook.A1, runbook.B1
BATCH = "gke-main-batch-77aa-a1"
ZONE = runbook.NODES[A1]
NIGHT = "gke-main-night-5c2e-a1"
OTHER_ACCOUNT = f"batch-nodes@{deployment.PROJECT}.iam.gserviceaccount.com"
ANOTHER = f"night-nodes@{deployment.PROJECT}.iam.gserviceaccount.com"
MISSING = runbook.image("ocr-worker", "no-such-tag")
ELSEWHERE = "ghcr.io/acme/ocr-worker:v1"


@pytest.fixture(scope="module")
def lone(sre: Caller) -> None:
    """A pod on A1 that no controller brings back."""
    made = {
        "metadata": {"name": "lone", "namespace": runbook.NAMESPACE},
        "spec": {"nodeName": A1, "containers": [{"name": "main", "image": IMAGE}]},
    }
    sre.here.background.run(sre.here.world.admin.create("pods", made))


@pytest.mark.usefixtures("lone")
def test_a_plan_says_of_every_node_what_would_become_of_it_and_changes_nothing(sre: Caller) -> None:
    before = sre.here.steps("start"), sre.changes()
    done = sre.run("start", "--dry-run", "--pool", runbook.POOL, "--image", IMAGE, "-o", "json")
    plan = json.loads(done.stdout)
    nodes = {each["node"]: each for each in plan["nodes"]}

    assert done.returncode == 0, shown(done)
    assert (sorted(nodes), plan["total"], plan["refresh"]) == (sorted(runbook.NODES), 4, "")
    assert "pod prod-app/lone" in " ".join(nodes[A1]["refusals"])
    assert "deleteBarePods" in " ".join(nodes[A1]["refusals"])
    assert nodes[B1]["refusals"] == []
    assert [each["first"] for each in nodes.values()] == ["probe"] * 4
    assert all(pod.startswith("prod-app/") and runbook.AGENT not in pod for pod in nodes[B1]["evicts"])
    assert nodes[B1]["evicts"]
    assert (sre.here.steps("start"), sre.changes()) == before


@pytest.mark.parametrize("name", [each.value for each in CALLS])
def test_every_method_can_be_planned(sre: Caller, name: str) -> None:
    """The function alone knows which it may use."""
    done = sre.run("start", B1, "--method", name, "--dry-run", "--image", IMAGE, "-o", "json")

    assert done.returncode == 0, shown(done)
    said = json.loads(done.stdout)
    assert (said["method"], said["max_unavailable"]) == (name, "1")
    assert json.loads(done.stdout)["nodes"][0]["refusals"] == []


def test_an_outage_is_planned_only_where_it_is_accepted(sre: Caller) -> None:
    """And refused where no autoscaler would remove the node."""
    arguments = ("start", B1, "--method", "ScaleWorkloads", "--dry-run", "--image", IMAGE, "-o", "json")
    silent, accepted = sre.run(*arguments), sre.run(*arguments, "--accept-outage")

    assert silent.returncode == 2, shown(silent)
    assert "only with --accept-outage" in silent.stderr
    assert accepted.returncode == 0, shown(accepted)
    assert "no autoscaler would remove it" in " ".join(json.loads(accepted.stdout)["nodes"][0]["refusals"])


@pytest.mark.usefixtures("lone")
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
        pytest.param(
            ["-l", "colour=green", "--yes"],
            2,
            "--selector 'colour=green' is not accepted; use labels that nodes carry; "
            "see kubectl get nodes --show-labels",
            id="no-such-label",
        ),
        pytest.param(
            ["--pool", "nope", "--yes"],
            2,
            "--pool 'nope' is not accepted; use pools that have nodes; "
            "see kubectl get nodes -L cloud.google.com/gke-nodepool",
            id="no-such-pool",
        ),
        pytest.param(["--topic", "node-refresh", "--yes"], 2, "projects/PROJECT/topics/TOPIC", id="no-topic"),
        pytest.param(["--max-unavailable", "99", "--yes"], 2, "a number from 1 to 50", id="too-many"),
        pytest.param([A1, "--image", IMAGE, "--force", "--yes"], 3, "every node would be refused", id="nothing-to-do"),
        pytest.param([B1, "--image", MISSING, "--yes"], 3, f"no renewal lets nodes pull {MISSING}", id="no-such-tag"),
        pytest.param(["--image", ELSEWHERE, "--yes"], 2, f"--image '{ELSEWHERE}' is not accepted", id="not-of-google"),
        pytest.param(
            [B1, "--image", IMAGE, "--yes", "--topic", "projects/acme-prod/topics/elsewhere"],
            1,
            "roles/pubsub.publisher on projects/acme-prod/topics/elsewhere",
            id="topic-not-there",
        ),
    ],
)
@pytest.mark.usefixtures("lone")
def test_what_can_not_be_started_is_said_with_what_to_change(
    sre: Caller, arguments: list[str], code: int, words: str
) -> None:
    before = sre.here.steps("start")
    done = sre.run("start", *arguments)

    assert done.returncode == code, shown(done)
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert sre.here.steps("start") == before


def test_a_plan_says_where_no_renewal_would_help(sre: Caller) -> None:
    """The nodes' account may not read the repository, so the probe denies them all."""
    grant_of_nodes = (f"serviceAccount:{deployment.NODES}", deployment.READER, deployment.REPOSITORY)
    policies, before = sre.here.world.policies, sre.here.steps("start")
    policies.revoke(*grant_of_nodes)
    try:
        asked_for, planned = (
            sre.run("start", B1, "--image", IMAGE, *how) for how in (["--yes"], ["--force", "--dry-run", "-o", "json"])
        )
    finally:
        policies.grant(*grant_of_nodes)

    assert asked_for.returncode == 3, shown(asked_for)
    assert "no renewal lets nodes pull" in asked_for.stderr
    assert f"GRANT_MISSING on {B1}: " in asked_for.stdout
    assert sre.here.steps("start") == before
    assert planned.returncode == 0, shown(planned)
    assert [each["kind"] for each in json.loads(planned.stdout)["doubts"]] == ["GRANT_MISSING"]


def test_nodes_that_would_be_renewed_in_vain_are_left_out_and_the_others_are_started(sre: Caller) -> None:
    """A pool runs as an account that may not read the repository; nobody has named a node."""
    fleet, (cluster,) = sre.here.world.fleet, sre.here.world.inventory.clusters
    batch = fleet.add(name=BATCH, zone=runbook.NODES[A1], pool="batch", service_account=OTHER_ACCOUNT)
    try:
        sre.here.background.run(batch.power_on())
        planned, whole = (
            sre.run("start", *nodes, "--image", IMAGE, "--dry-run", "-o", "json") for nodes in ((), (BATCH,))
        )
        shown_to_people = sre.run("start", "--image", IMAGE, "--dry-run")
    finally:
        leave(sre.here, BATCH)
        cluster.remove_pool("batch")

    plan = json.loads(planned.stdout)
    assert planned.returncode == 0, shown(planned)
    assert ([each["kind"] for each in plan["doubts"]], plan["left_out"]) == (["GRANT_MISSING"], [BATCH])
    assert (sorted(each["node"] for each in plan["nodes"]), plan["total"]) == (sorted(runbook.NODES), 4)
    assert f"Left out, as no renewal lets them pull {IMAGE}: {BATCH}" in " ".join(shown_to_people.stdout.split())
    assert json.loads(whole.stdout)["left_out"] == [], "where there is no other, all are shown"


def leave(here: Standing, *nodes: str) -> None:
    """With their pods, which can't pull: other tests start where nothing fails."""
    for name in nodes:
        here.background.run(here.world.fleet.remove(name))
    here.until(lambda: not [pod for pod in here.world.view.list("pods") if node_of(pod) in nodes], "their pods' end")


def test_whom_nobody_could_judge_is_left_out_where_others_are_hopeless_and_is_no_hindrance_else(sre: Caller) -> None:
    """Compute Engine gives no answer about one machine, and GKE knows no scopes of its pool, by which to judge it."""
    world, run, before = sre.here.world, sre.here.background.run, sre.here.steps("start")
    (cluster,) = world.inventory.clusters
    added = {BATCH: OTHER_ACCOUNT, f"{BATCH}2": OTHER_ACCOUNT, NIGHT: ANOTHER}
    silent = world.faults.add(Fault(api="compute", user=sre.email, verb="get", name=NIGHT, status=503, times=999))
    try:
        for name, account in added.items():
            pool, scopes = name.split("-")[2], () if name == NIGHT else (CLOUD_PLATFORM,)
            machine = world.fleet.add(name=name, zone=ZONE, pool=pool, service_account=account, scopes=scopes)
            run(machine.power_on())
        planned, alone, refused = (
            sre.run("start", *arguments, "--image", IMAGE, "-o", "json")
            for arguments in (["--dry-run"], [NIGHT, "--dry-run"], [BATCH, NIGHT, "--yes"])
        )
        shown_to_people = sre.run("start", "--image", IMAGE, "--dry-run")
    finally:
        world.faults.clear()
        leave(sre.here, *added)
        for pool in ("batch", "night"):
            cluster.remove_pool(pool)

    plan, kept = json.loads(planned.stdout), json.loads(refused.stdout)
    assert silent.seen, shown(planned)
    assert sorted(each["kind"] for each in plan["doubts"]) == ["GRANT_MISSING", "UNKNOWN"]
    assert (plan["left_out"], plan["unjudged"]) == ([BATCH, f"{BATCH}2"], [NIGHT])
    assert sorted(each["node"] for each in plan["nodes"]) == sorted(runbook.NODES)
    assert f"nobody could tell whether a renewal helps them: {NIGHT}" in " ".join(shown_to_people.stdout.split())
    assert refused.returncode == 3, shown(refused)
    assert f"as far as anybody could tell (not of {NIGHT}, which start alone if you name them)" in refused.stderr
    assert (kept["left_out"], kept["unjudged"]) == ([], []), "where nothing is to be started, all are shown"
    assert sre.here.steps("start") == before
    assert [each["kind"] for each in json.loads(alone.stdout)["doubts"]] == ["UNKNOWN"]
    assert [each["node"] for each in json.loads(alone.stdout)["nodes"]] == [NIGHT]


def test_a_run_that_would_be_held_is_offered_though_every_node_is_refused_for_now(sre: Caller) -> None:
    """GKE is at work: whoever asks before it has done need not ask again."""
    (cluster,) = sre.here.world.inventory.clusters
    cluster.pool_status[runbook.POOL] = "RECONCILING"
    try:
        with terminal(sre.command("start", B1, "--image", IMAGE), cwd=ROOT, environ=sre.environ) as screen:
            screen.read_until("Start it? [y/N]")
            screen.type("n\n")
            assert screen.ends() == 1, screen.text
    finally:
        del cluster.pool_status[runbook.POOL]

    said = " ".join(screen.text.split())
    assert "probe where it can't pull, it is refused: node pool apps is RECONCILING" in said
    assert "and looks at each anew once it goes on: GKE is at work on node pool apps" in said


def test_a_start_that_the_function_rejects_is_told_by_whoever_asked_and_by_the_trail(sre: Caller) -> None:
    """No setting permits StopStart here, which the plan can't know."""
    sre.here.world.policies.grant(
        f"serviceAccount:{sre.email}", "roles/logging.viewer", f"projects/{deployment.PROJECT}"
    )
    done = sre.run("start", B1, "--image", IMAGE, "--method", "StopStart", "--yes", *UNHURRIED)
    name = done.stderr.split()[0]
    told = sre.run("audit", name)
    unknown, nothing = sre.run("status", name), sre.run("status")

    assert done.returncode == 3, shown(done)
    assert "not seen from here; they say so once they are asked: method StopStart" in done.stdout
    assert f"{name} was not opened: the function rejected the message: method: 'StopStart'" in done.stdout, shown(done)
    assert told.returncode == 0, shown(told)
    assert [line.split()[3] for line in told.stdout.splitlines()[1:]] == ["rejected"], shown(told)
    assert "REPULL_ALLOW_STOP_START" in told.stdout
    assert "repull audit NAME tells whether" in unknown.stderr, shown(unknown)
    assert nothing.returncode == 0, shown(nothing)
    assert "just asked for, repull audit tells what became" in " ".join(nothing.stdout.split())


def test_ctrl_c_ends_the_waiting_and_a_script_learns_what_was_asked_for(sre: Caller) -> None:
    """Nobody hears of the message, so there is never an answer."""
    nowhere = deployment.topic(f"{deployment.STEPS_TOPIC}-dead-letters")
    start = sre.command("start", B1, "--image", IMAGE, "--yes", "--topic", nowhere, "-o", "json", *UNHURRIED)
    with terminal(start, cwd=ROOT, environ=sre.environ) as screen:
        screen.read_until("waiting for the function's answer")
        screen.type(INTERRUPT)
        assert screen.ends() == 130, screen.text

    told = json.loads(screen.text[screen.text.index("{") : screen.text.rindex("}") + 1])
    assert "Traceback" not in screen.text
    assert (told["answer"], bool(told["message_id"])) == ("not_yet", True)
    assert f"{told['refresh']} is asked for; waiting" in screen.text
    assert told["message"].startswith(f"Nobody waits any more, and {told['refresh']} stays asked for")


def test_who_may_not_read_the_image_learns_which_check_has_no_answer_and_what_it_lacks(sre: Caller) -> None:
    who = (f"serviceAccount:{sre.email}", deployment.READER, ORGANIZATION)
    sre.here.world.policies.revoke(*who)
    try:
        done = sre.run("start", B1, "--image", IMAGE, "--dry-run")
    finally:
        sre.here.world.policies.grant(*who)

    assert done.returncode == 0, shown(done)
    assert (
        f"UNKNOWN on {B1}: nobody could tell whether a renewal helps, for the check image has no answer" in done.stdout
    )
    assert f"--role={deployment.READER} --member=serviceAccount:{sre.email}" in done.stdout, shown(done)


def test_the_operators_account_as_it_is_deployed_learns_whether_the_image_is_there(sre: Caller, tmp_path: Path) -> None:
    """With nothing at Google but what Terraform grants it."""
    before = sre.here.steps("start")
    with caller(sre.here, tmp_path, deployment.OPERATOR) as operator:
        missing = operator.run("start", B1, "--image", MISSING, "--yes")
        there = operator.run("start", B1, "--image", IMAGE, "--dry-run", "-o", "json")

    assert missing.returncode == 3, shown(missing)
    assert f"no renewal lets nodes pull {MISSING}" in missing.stderr
    assert sre.here.steps("start") == before
    assert there.returncode == 0, shown(there)
    assert json.loads(there.stdout)["doubts"] == []


def test_no_is_taken_for_an_answer(sre: Caller) -> None:
    before = sre.here.steps("start")
    with terminal(sre.command("start", B1, "--image", IMAGE), cwd=ROOT, environ=sre.environ) as screen:
        screen.read_until("Start it? [y/N]")
        screen.type("n\n")

        assert screen.ends() == 1, screen.text
    assert "Nothing was started." in screen.text
    assert sre.here.steps("start") == before
