"""`repull pause` and `repull resume`: what they write, that the chain heeds it, and that it goes on."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox import deployment
from sandbox.faults import Fault
from sandbox.objects.kinds import Object
from sandbox.scenarios import runbook
from tests.e2e.caller import CONTEXT, Caller, shown
from tests.e2e.standing import Standing

IMAGE = runbook.image("ocr-worker", "v1")
PAUSE = "repull.dev/pause"
CLUSTER = "repull.dev/cluster"


def refresh(here: Standing, name: str) -> Object:
    (found,) = (each for each in here.world.view.list("noderefreshes") if each["metadata"]["name"] == name)
    return found


def status(sre: Caller, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(sre.run("status", name, "-o", "json").stdout)["refreshes"][0]["status"]
    return found


def test_a_cluster_that_the_context_does_not_lead_to_is_neither_paused_nor_shown(sre: Caller, folder: Path) -> None:
    """The context's name says nothing, so the cluster itself is asked which one it is."""
    renamed = with_another_name(sre, folder)
    before = sre.changes()
    for command in ("pause", "resume", "status", "abort", "audit", "diagnose"):
        done = sre.run(command, "--cluster", "acme-prod/us-central1/other", KUBECONFIG=renamed)

        assert (done.returncode, done.stdout) == (1, ""), shown(done)
        assert (
            f"context mine leads to cluster {deployment.CLUSTER_KEY}, not to acme-prod/us-central1/other" in done.stderr
        )
        assert "get-credentials other --location=us-central1 --project=acme-prod" in done.stderr
    assert sre.changes() == before
    right = sre.run("status", "--cluster", deployment.CLUSTER_KEY, KUBECONFIG=renamed)
    assert right.returncode == 0, shown(right)


def with_another_name(sre: Caller, folder: Path) -> str:
    """Their kubeconfig, with a context whose name says nothing."""
    renamed = folder / "kubeconfig"
    renamed.write_text(Path(sre.environ["KUBECONFIG"]).read_text().replace(CONTEXT, "mine"))
    return str(renamed)


ACTS = (
    ("pause",),
    ("resume",),
    ("abort",),
    ("start", runbook.B1, "--image", IMAGE, "--yes"),
)


def test_in_a_cluster_of_which_nothing_says_which_one_it_is_nothing_is_done(sre: Caller, folder: Path) -> None:
    """As where infra/cluster was applied before it wrote that down. To look, one's own word is enough."""
    renamed, admin, run = with_another_name(sre, folder), sre.here.world.admin, sre.here.background.run
    before = sre.changes(), sre.here.steps("start")
    run(admin.patch("namespaces", "repull", {"metadata": {"annotations": {CLUSTER: None}}}))
    try:
        done = [sre.run(*each, "--cluster", deployment.CLUSTER_KEY, KUBECONFIG=renamed) for each in ACTS]
        looked = [
            sre.run(*each, "--cluster", deployment.CLUSTER_KEY, KUBECONFIG=renamed)
            for each in (("status",), (*ACTS[-1][:-1], "--dry-run"))
        ]
    finally:
        run(admin.patch("namespaces", "repull", {"metadata": {"annotations": {CLUSTER: deployment.CLUSTER_KEY}}}))

    for each in done:
        assert (each.returncode, each.stdout) == (1, ""), shown(each)
        assert f"nothing says that this cluster is {deployment.CLUSTER_KEY}: run make install CLUSTER=" in each.stderr
        assert "get-credentials main --location=us-central1 --project=acme-prod" in each.stderr
    assert (sre.changes(), sre.here.steps("start")) == before
    assert [each.returncode for each in looked] == [0, 0], "\n".join(map(shown, looked))


def test_who_may_not_see_which_cluster_it_is_learns_what_they_lack(sre: Caller, folder: Path) -> None:
    """And where the cluster gives no answer, that; but whoever asks for the log alone does not need the cluster."""
    project = f"projects/{deployment.PROJECT}"
    sre.here.world.policies.grant(f"serviceAccount:{sre.email}", "roles/logging.viewer", project)
    mine = ("--cluster", deployment.CLUSTER_KEY, "--context", "mine")
    renamed, faults = with_another_name(sre, folder), sre.here.world.faults
    found, audits = {}, {}
    for status in (403, 503):
        faults.add(Fault(api="kubernetes", user=sre.email, resource="namespaces", status=status, times=999))
        try:
            found[status] = sre.run("pause", *mine, KUBECONFIG=renamed)
            audits[status] = sre.run("audit")
            audit = sre.run("audit", *mine, "--project", deployment.PROJECT, KUBECONFIG=renamed)
        finally:
            faults.clear()
        assert audit.returncode in (0, 3), shown(audit)

    assert (found[403].returncode, found[503].returncode) == (1, 1), "\n".join(map(shown, found.values()))
    assert (
        f"nothing says that this cluster is {deployment.CLUSTER_KEY}: get namespaces repull: 403" in found[403].stderr
    )
    assert (audits[403].returncode, audits[503].returncode) == (2, 1), "\n".join(map(shown, audits.values()))
    assert "503" in audits[503].stderr
    assert "with --project, the log can be read without the cluster" in audits[503].stderr
    assert "nothing says" not in found[503].stderr, shown(found[503])
    assert "503" in found[503].stderr


def test_two_pauses_are_two_and_what_waited_goes_on_at_once(sre: Caller) -> None:
    """The cluster's comes before the refresh, which is started in vain until nothing holds it."""
    here = sre.here
    swept = len(here.steps("sweep"))
    whole = sre.run("pause", "--reason", "the launch is on", USER="ann")
    (state,) = here.world.view.list("configmaps", "repull")
    said = json.loads(state["data"]["paused"])

    assert whole.returncode == 0, shown(whole)
    assert (said["by"], said["why"]) == ("ann", "the launch is on")

    name = json.loads(sre.run("start", runbook.B1, "--image", IMAGE, "--yes", "-o", "json").stdout)["refresh"]
    here.until(lambda: "the launch is on" in held(here, name), "what holds it")
    shows = sre.run("status", name)
    assert shows.returncode == 4, shown(shows)
    assert "the launch is on" in shows.stdout

    one = sre.run("pause", name, "--reason", "not this one", USER="ben")
    assert one.returncode == 0, shown(one)
    assert refresh(here, name)["metadata"]["annotations"][PAUSE] == "ben: not this one"
    assert "ben: not this one" in sre.run("status", name).stdout, "before the refresh itself has seen it"

    resumed = sre.run("resume")
    assert (resumed.returncode, resumed.stderr) == (0, ""), shown(resumed)
    here.until(lambda: len(here.steps("sweep")) > swept, "the sweep that it asked for")
    here.until(lambda: "not this one" in held(here, name) and "launch" not in held(here, name), "the other pause alone")
    (state,) = here.world.view.list("configmaps", "repull")
    assert "paused" not in state["data"]

    gone_on = sre.run("resume", name)
    assert (gone_on.returncode, gone_on.stderr) == (0, ""), shown(gone_on)
    here.until(lambda: len(here.steps("sweep")) > swept + 1, "the sweep that it asked for")
    watched = sre.run("status", name, "--watch", "--timeout", "150s")
    assert watched.returncode == 0, shown(watched)
    assert len(here.steps("sweep")) == swept + 2
    assert status(sre, name)["fresh"] == 1


def held(here: Standing, name: str) -> str:
    return told(here, name, "held")


def told(here: Standing, name: str, field: str) -> str:
    """What this field of its status says; "" where there is no such refresh, or nothing in it."""
    found = (each for each in here.world.view.list("noderefreshes") if each["metadata"]["name"] == name)
    return " ".join(str((each.get("status") or {}).get(field, "")) for each in found)


def test_the_plan_says_what_holds_the_cluster(sre: Caller) -> None:
    swept = len(sre.here.steps("sweep"))
    assert sre.run("pause", "--reason", "a freeze").returncode == 0
    planned = sre.run("start", runbook.B1, "--image", IMAGE, "--dry-run")

    assert planned.returncode == 0, shown(planned)
    assert "a freeze" in planned.stdout
    assert sre.run("resume").returncode == 0
    sre.here.until(
        lambda: len(sre.here.steps("sweep")) > swept, "the sweep that it asked for, which no other test may count"
    )


def test_where_nothing_is_paused_nothing_is_written(sre: Caller) -> None:
    here = sre.here
    name = json.loads(sre.run("start", runbook.A1, "--image", IMAGE, "--yes", "-o", "json").stdout)["refresh"]
    here.until(lambda: told(here, name, "phase") == "Succeeded", "its end")
    before, swept = len(sre.changes()), len(here.steps("sweep"))
    answers = {
        ("resume",): f"{deployment.CLUSTER_KEY} is not paused\n",
        ("resume", name): f"{name} is not paused\n",
        ("pause", name): f"{name} is over already: Succeeded\n",
    }
    for command, said in answers.items():
        done = sre.run(*command)
        assert (done.returncode, done.stdout) == (0, said), shown(done)

    assert (len(sre.changes()), len(here.steps("sweep"))) == (before, swept)


def test_where_nobody_can_be_told_it_goes_on_at_the_next_sweep(sre: Caller) -> None:
    assert sre.run("pause").returncode == 0
    done = sre.run("resume", "--topic", "projects/acme-prod/topics/elsewhere")

    assert done.returncode == 0, shown(done)
    assert "at the next sweep" in done.stderr
    assert "roles/pubsub.publisher on projects/acme-prod/topics/elsewhere" in done.stderr


@pytest.mark.parametrize("command", ["pause", "resume"])
def test_what_is_not_there_can_not_be_paused(sre: Caller, command: str) -> None:
    done = sre.run(command, "nonesuch")

    assert (done.returncode, done.stdout) == (1, ""), shown(done)
    assert "there is no NodeRefresh nonesuch" in done.stderr
