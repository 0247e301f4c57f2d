"""The operators' commands at the world's doors: what they publish and write, and what comes of it."""

import json
import subprocess
from collections.abc import Iterator
from subprocess import CompletedProcess
from typing import Any

import pytest

from functions.methods import CALLS
from sandbox import deployment
from sandbox.faults import Fault
from sandbox.scenarios import runbook
from tests.e2e.caller import ROOT, Caller, caller, grant, shown
from tests.e2e.standing import Standing, standing
from tests.e2e.terminal import terminal

IMAGE = runbook.image("ocr-worker", "v1")
A1, A2, B1, B2 = runbook.A1, runbook.A2, runbook.B1, runbook.B2
BATCH = "gke-main-batch-77aa-a1"
ZONE = runbook.NODES[A1]
NIGHT = "gke-main-night-5c2e-a1"
OTHER_ACCOUNT = f"batch-nodes@{deployment.PROJECT}.iam.gserviceaccount.com"
ANOTHER = f"night-nodes@{deployment.PROJECT}.iam.gserviceaccount.com"
REASON = "grants changed"
MISSING = runbook.image("ocr-worker", "no-such-tag")
ELSEWHERE = "ghcr.io/acme/ocr-worker:v1"


@pytest.fixture(scope="module")
def here() -> Iterator[Standing]:
    with standing() as found:
        yield found


@pytest.fixture(scope="module")
def sre(here: Standing, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    grant(here)
    with caller(here, tmp_path_factory.mktemp("sre")) as found:
        yield found


@pytest.fixture(scope="module")
def lone(sre: Caller) -> None:
    """A pod on A1 that no controller brings back."""
    made = {
        "metadata": {"name": "lone", "namespace": runbook.NAMESPACE},
        "spec": {"nodeName": A1, "containers": [{"name": "main", "image": IMAGE}]},
    }
    sre.here.background.run(sre.here.world.admin.create("pods", made))


@pytest.fixture(scope="module")
def reader(sre: Caller) -> None:
    """They may read the log."""
    sre.here.world.policies.grant(
        f"serviceAccount:{sre.email}", "roles/logging.viewer", f"projects/{deployment.PROJECT}"
    )


@pytest.fixture(scope="module")
def started(sre: Caller) -> tuple[CompletedProcess[str], str]:
    """What `repull start` said of a node that can pull, and the name of the refresh, which is over."""
    done = sre.run("start", B1, "--image", IMAGE, "--reason", REASON, "--yes", "-o", "json", USER="ann")
    name = json.loads(done.stdout)["refresh"]
    sre.here.until(lambda: phases(sre.here).get(name) == "Succeeded", "its end")
    return done, name


@pytest.fixture(scope="module")
def renewed(sre: Caller) -> str:
    """A refresh that is over, and has reset B2."""
    runbook.go_stale(sre.here.stage, B2)
    done = sre.run("start", B2, "--image", IMAGE, "--yes", "-o", "json")
    name: str = json.loads(done.stdout)["refresh"]
    sre.here.until(lambda: phases(sre.here).get(name) == "Succeeded", "its end")
    return name


def asked(here: Standing, action: str) -> list[dict[str, Any]]:
    """The messages of this kind on the step topic, oldest first. Tests run in any order: others' are among them."""
    on_topic = [each for each in here.world.tap.messages if each.topic == deployment.STEPS_TOPIC]
    return [each.json for each in on_topic if each.json["action"] == action]


def by_hand(here: Standing, name: str, node: str) -> None:
    """Open a refresh of which nobody has told the function."""
    spec = {"cluster": deployment.CLUSTER_KEY, "image": IMAGE, "method": "Reset", "nodes": [node]}
    made = {
        "apiVersion": "repull.dev/v1alpha1",
        "kind": "NodeRefresh",
        "metadata": {"name": name},
        "spec": spec | {"reason": "by hand", "maxUnavailable": "1"},
    }
    here.background.run(here.world.admin.create("noderefreshes", made))


def phases(here: Standing) -> dict[str, str]:
    found = here.world.view.list("noderefreshes")
    return {each["metadata"]["name"]: (each.get("status") or {}).get("phase", "") for each in found}


@pytest.mark.usefixtures("lone")
def test_a_plan_says_of_every_node_what_would_become_of_it_and_changes_nothing(sre: Caller) -> None:
    before = asked(sre.here, "start"), sre.changes()
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
    assert (asked(sre.here, "start"), sre.changes()) == before


@pytest.mark.parametrize("name", [each.value for each in CALLS])
def test_every_method_can_be_planned(sre: Caller, name: str) -> None:
    """The function alone knows which it may use."""
    done = sre.run("start", B1, "--method", name, "--dry-run", "--image", IMAGE, "-o", "json")

    assert done.returncode == 0, shown(done)
    assert json.loads(done.stdout)["method"] == name
    assert json.loads(done.stdout)["nodes"][0]["refusals"] == []


def test_an_outage_is_planned_only_where_it_is_accepted(sre: Caller) -> None:
    """And refused where no autoscaler would remove the node."""
    arguments = ("start", B1, "--method", "ScaleWorkloads", "--dry-run", "--image", IMAGE, "-o", "json")
    silent, accepted = sre.run(*arguments), sre.run(*arguments, "--accept-outage")

    assert silent.returncode == 2, shown(silent)
    assert "acceptOutage" in silent.stderr
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
        pytest.param(["-l", "colour=green", "--yes"], 2, "labels that nodes carry", id="no-such-label"),
        pytest.param(["--topic", "node-refresh", "--yes"], 2, "projects/PROJECT/topics/TOPIC", id="no-topic"),
        pytest.param(["--max-unavailable", "99", "--yes"], 2, "a number from 1 to 50", id="too-many"),
        pytest.param([A1, "--image", IMAGE, "--yes"], 3, "every node would be refused", id="nothing-to-do"),
        pytest.param([B1, "--image", MISSING, "--yes"], 3, f"no renewal lets nodes pull {MISSING}", id="no-such-tag"),
        pytest.param(["--image", ELSEWHERE, "--yes"], 3, f"no renewal lets nodes pull {ELSEWHERE}", id="not-of-google"),
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
    before = asked(sre.here, "start")
    done = sre.run("start", *arguments)

    assert done.returncode == code, shown(done)
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert asked(sre.here, "start") == before


def test_a_plan_says_where_no_renewal_would_help(sre: Caller) -> None:
    """The nodes' account may not read the repository, so the probe denies them all."""
    grant_of_nodes = (f"serviceAccount:{deployment.NODES}", deployment.READER, deployment.REPOSITORY)
    policies, before = sre.here.world.policies, asked(sre.here, "start")
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
    assert asked(sre.here, "start") == before
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
        sre.here.background.run(fleet.remove(BATCH))
        cluster.remove_pool("batch")

    plan = json.loads(planned.stdout)
    assert planned.returncode == 0, shown(planned)
    assert ([each["kind"] for each in plan["doubts"]], plan["left_out"]) == (["GRANT_MISSING"], [BATCH])
    assert (sorted(each["node"] for each in plan["nodes"]), plan["total"]) == (sorted(runbook.NODES), 4)
    assert f"Left out, as no renewal lets them pull {IMAGE}: {BATCH}" in " ".join(shown_to_people.stdout.split())
    assert json.loads(whole.stdout)["left_out"] == [], "where there is no other, all are shown"


def test_whom_nobody_could_judge_is_left_out_where_others_are_hopeless_and_is_no_hindrance_else(sre: Caller) -> None:
    """Compute Engine gives no answer about one machine, whose account may be the one that may not read."""
    world, run, before = sre.here.world, sre.here.background.run, asked(sre.here, "start")
    (cluster,) = world.inventory.clusters
    added = {BATCH: OTHER_ACCOUNT, f"{BATCH}2": OTHER_ACCOUNT, NIGHT: ANOTHER}
    silent = world.faults.add(Fault(api="compute", user=sre.email, verb="get", name=NIGHT, status=503, times=999))
    try:
        for name, account in added.items():
            run(world.fleet.add(name=name, zone=ZONE, pool=name.split("-")[2], service_account=account).power_on())
        planned, alone, refused = (
            sre.run("start", *arguments, "--image", IMAGE, "-o", "json")
            for arguments in (["--dry-run"], [NIGHT, "--dry-run"], [BATCH, NIGHT, "--yes"])
        )
        shown_to_people = sre.run("start", "--image", IMAGE, "--dry-run")
    finally:
        world.faults.clear()
        for name in added:
            run(world.fleet.remove(name))
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
    assert asked(sre.here, "start") == before
    assert [each["kind"] for each in json.loads(alone.stdout)["doubts"]] == ["UNKNOWN"]
    assert [each["node"] for each in json.loads(alone.stdout)["nodes"]] == [NIGHT]


def test_no_is_taken_for_an_answer(sre: Caller) -> None:
    before = asked(sre.here, "start")
    with terminal(sre.command("start", B1, "--image", IMAGE), cwd=ROOT, environ=sre.environ) as screen:
        screen.read_until("Start it? [y/N]")
        screen.type("n\n")

        assert screen.ends() == 1, screen.text
    assert "Nothing was started." in screen.text
    assert asked(sre.here, "start") == before


def test_refreshes_are_watched_to_their_ends_and_one_is_aborted(sre: Caller) -> None:
    """The aborted one wakes the other as it ends, so that the watch sees all that becomes of it."""
    here = sre.here
    runbook.go_stale(here.stage, A2)
    by_hand(here, "one", A2)
    by_hand(here, "two", B1)
    both, unnamed = sre.run("status"), sre.run("abort")

    assert both.returncode == 4, shown(both)
    assert [line.split()[:2] for line in both.stdout.splitlines() if " nodes done" in line] == [
        ["one", "Pending"],
        ["two", "Pending"],
    ]
    assert (unnamed.returncode, unnamed.stdout) == (2, ""), shown(unnamed)
    assert "one of those that are not over: one, two" in unnamed.stderr

    watch = sre.command("status", "one", "two", "--watch", "--timeout", "180s", "-o", "json")
    with subprocess.Popen(watch, cwd=ROOT, env=sre.environ, stdout=subprocess.PIPE, encoding="utf-8") as watching:
        try:
            assert watching.stdout
            lines = [json.loads(watching.stdout.readline()) for _ in ("one", "two")]
            done = sre.run("abort", "two", "--reason", "not needed", USER="ann")
            lines += [json.loads(line) for line in watching.stdout]
            code = watching.wait(180)
        finally:
            watching.kill()
    last = {line["name"]: line for line in lines}

    assert done.returncode == 0, shown(done)
    assert code == 3
    assert "ann: not needed" in last["two"]["status"]["message"]
    assert (last["one"]["status"]["phase"], last["one"]["done"]) == ("Succeeded", 1)
    assert last["one"]["status"]["renewed"] == 1
    assert (A2, "AwaitBoot") in {(node["node"], node["stands"]) for line in lines for node in line["nodes"]}


def test_what_is_over_stays_as_it_ended(sre: Caller, renewed: str) -> None:
    before = len(asked(sre.here, "abort"))
    done = sre.run("abort", renewed)

    assert (done.returncode, done.stdout) == (0, f"{renewed} is over already: Succeeded\n"), shown(done)
    assert len(asked(sre.here, "abort")) == before


def test_a_start_is_the_message_that_a_hand_would_write(
    sre: Caller, started: tuple[CompletedProcess[str], str]
) -> None:
    done, _ = started

    assert done.returncode == 0, shown(done)
    assert [each for each in asked(sre.here, "start") if each.get("reason") == REASON] == [
        {
            "action": "start",
            "cluster": deployment.CLUSTER_KEY,
            "nodes": [B1],
            "image": IMAGE,
            "reason": REASON,
            "requestedBy": "ann",
        }
    ]


@pytest.mark.parametrize(
    "arguments, code, words",
    [
        pytest.param(["status", "nonesuch"], 1, "there is no NodeRefresh nonesuch", id="status"),
        pytest.param(["abort", "nonesuch"], 1, "there is no NodeRefresh nonesuch", id="abort"),
        pytest.param(["abort"], 1, "is under way", id="nothing-to-abort"),
        pytest.param(["status", "--timeout", "9s"], 2, "goes with --watch", id="nothing-to-wait-for"),
        pytest.param(["status", "--watch", "--timeout", "soon"], 2, "a duration such as 90s", id="no-duration"),
    ],
)
def test_what_is_not_there_is_said(sre: Caller, arguments: list[str], code: int, words: str) -> None:
    done = sre.run(*arguments)

    assert (done.returncode, done.stdout) == (code, ""), shown(done)
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("reader")
def test_the_audit_trail_is_read_back_page_by_page(sre: Caller, started: tuple[CompletedProcess[str], str]) -> None:
    """What the functions said of a refresh, who had asked for it and why: nothing else, nothing twice, in order."""
    _, name = started
    done = sre.run("audit", name, "-o", "json")
    lines = [each["jsonPayload"] for each in json.loads(done.stdout)["lines"]]
    said = [
        entry["jsonPayload"] for entry in sre.here.world.logs if entry.get("jsonPayload", {}).get("refresh") == name
    ]
    few = sre.run("audit", name, "--limit", "2")

    assert done.returncode == 0, shown(done)
    assert lines == said
    assert {"repull.refresh_opened", "repull.refresh_ended"} <= {line["event"] for line in lines}
    opened, _ = few.stdout.splitlines()[1:]
    assert "ann (claimed)" in opened, shown(few)
    assert REASON in opened
    assert "There is more" in few.stderr


@pytest.mark.parametrize(
    "arguments, words",
    [
        pytest.param(["--event", "repull.reset"], B2, id="of-a-kind"),
        pytest.param(["--node", B2, "--event", "repull.reset", "--since", "1h"], B2, id="of-a-node"),
        pytest.param(["--event", "repull.reset", "--until", "1h"], "Nothing of it", id="earlier"),
        pytest.param(["nonesuch"], "Nothing of it", id="of-no-refresh"),
    ],
)
@pytest.mark.usefixtures("renewed", "reader")
def test_the_audit_trail_answers_what_was_asked(sre: Caller, arguments: list[str], words: str) -> None:
    done = sre.run("audit", *arguments)

    assert done.returncode == (3 if words == "Nothing of it" else 0), shown(done)
    assert words in done.stdout, shown(done)
    assert all("reset machine" in line for line in done.stdout.splitlines()[1:]), shown(done)


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(
    "arguments, code, words",
    [
        pytest.param(["--project", "elsewhere"], 1, "roles/logging.viewer on project elsewhere", id="no-permission"),
        pytest.param(["--since", "1h", "--until", "2h"], 2, "later than", id="before-it-begins"),
        pytest.param(["--since", "yesterday"], 2, "a duration such as", id="no-time"),
        pytest.param(["--limit", "0"], 2, "a whole number from 1", id="no-lines"),
    ],
)
def test_an_audit_that_can_not_be_made_is_said(sre: Caller, arguments: list[str], code: int, words: str) -> None:
    done = sre.run("audit", *arguments)

    assert (done.returncode, done.stdout) == (code, ""), shown(done)
    assert words in done.stderr
