"""What operators start by `repull`: the message, its refresh watched to its end or aborted, and the audit trail."""

import json
import subprocess
from collections.abc import Iterator
from subprocess import CompletedProcess
from typing import Any

import pytest

from sandbox import deployment
from sandbox.faults import Fault
from sandbox.machines.machine import Machine
from sandbox.scenarios import runbook
from tests.e2e.caller import ROOT, UNHURRIED, Caller, shown
from tests.e2e.standing import Standing, standing
from tests.e2e.terminal import INTERRUPT, terminal

IMAGE = runbook.image("ocr-worker", "v1")
A2, B1, B2 = runbook.A2, runbook.B1, runbook.B2
REASON = "grants changed"
PATIENT = {"REPULL_BOOT_SECONDS": "240"}  # a machine hangs here until somebody has seen it, however late that is


@pytest.fixture(scope="module")
def here() -> Iterator[Standing]:
    with standing(settings=PATIENT) as found:
        yield found


@pytest.fixture(scope="module")
def reader(sre: Caller) -> None:
    """They may read the log."""
    sre.here.world.policies.grant(
        f"serviceAccount:{sre.email}", "roles/logging.viewer", f"projects/{deployment.PROJECT}"
    )


@pytest.fixture(scope="module")
def started(sre: Caller) -> tuple[CompletedProcess[str], str]:
    """What `repull start` said of a node that can pull, and the name of the refresh, of which all has been said."""
    done = sre.run("start", B1, "--image", IMAGE, "--reason", REASON, "--yes", "-o", "json", *UNHURRIED, USER="ann")
    name = json.loads(done.stdout)["refresh"]
    sre.here.until(lambda: bool(sre.here.stage.audit("repull.refresh_ended", refresh=name)), "the last line about it")
    sre.here.until(lambda: phases(sre.here).get(name) == "Succeeded", "its end, which is written after it is said")
    return done, name


@pytest.fixture(scope="module")
def renewed(sre: Caller) -> str:
    """A refresh that is over, and has reset B2."""
    runbook.go_stale(sre.here.stage, B2)
    done = sre.run("start", B2, "--image", IMAGE, "--yes", "-o", "json")
    name: str = json.loads(done.stdout)["refresh"]
    sre.here.until(lambda: phases(sre.here).get(name) == "Succeeded", "its end")
    return name


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


def test_refreshes_are_watched_to_their_ends_and_one_is_aborted(sre: Caller) -> None:
    """The aborted one wakes the other as it ends, so that the watch sees all that becomes of it.

    For a while the API server has no answer for whoever watches: each try is three requests. What there is to see
    afterwards stays as it is meanwhile: the machine hangs in its boot until it has been seen there.
    """
    here = sre.here
    machine = here.world.fleet[A2]
    machine.boots = False
    away = Fault(api="kubernetes", user=sre.email, verb="list", resource="nodes", status=500, times=6)
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
            here.world.faults.add(away)
            done = sre.run("abort", "two", "--reason", "not needed", *UNHURRIED, USER="ann")
            for line in map(json.loads, watching.stdout):
                lines.append(line)
                if awaits_boot(line, A2):
                    here.background.run(let_boot(machine))
            code = watching.wait(180)
        finally:
            watching.kill()
    last = {line["name"]: line for line in lines}

    assert done.returncode == 0, shown(done)
    assert done.stdout == "two takes no further node; see repull status two --watch\n"
    assert code == 3
    assert away.seen >= away.times
    assert last["two"]["status"]["message"] == "not begun: aborted by message: ann: not needed"
    assert (last["one"]["status"]["phase"], last["one"]["done"]) == ("Succeeded", 1)
    assert last["one"]["status"]["renewed"] == 1
    assert any(awaits_boot(line, A2) for line in lines)


def test_ctrl_c_names_those_that_go_on_by_then(sre: Caller) -> None:
    run, admin = sre.here.background.run, sre.here.world.admin
    names = ("sooner", "later", "last")
    for name in names:
        by_hand(sre.here, name, B1)
    try:
        with terminal(sre.command("status", *names, "--watch"), cwd=ROOT, environ=sre.environ) as screen:
            screen.read_until("last Pending")
            run(admin.patch("noderefreshes/status", "sooner", {"status": {"phase": "Succeeded"}}))
            screen.read_until("sooner Succeeded")
            screen.type(INTERRUPT)
            assert screen.ends() == 130, screen.text
    finally:
        for name in names:
            run(admin.delete("noderefreshes", name))

    assert "Nobody looks any more, and later, last go on; repull abort" in " ".join(screen.text.split()), screen.text


async def let_boot(machine: Machine) -> None:
    machine.boots = True


def awaits_boot(line: dict[str, Any], node: str) -> bool:
    return (node, "AwaitBoot") in {(each["node"], each["stands"]) for each in line["nodes"]}


def test_what_is_over_stays_as_it_ended(sre: Caller, renewed: str) -> None:
    before = len(sre.here.steps("abort"))
    done = sre.run("abort", renewed)

    assert (done.returncode, done.stdout) == (0, f"{renewed} is over already: Succeeded\n"), shown(done)
    assert len(sre.here.steps("abort")) == before


def test_a_start_is_the_message_that_a_hand_would_write(
    sre: Caller, started: tuple[CompletedProcess[str], str]
) -> None:
    done, _ = started

    assert done.returncode == 0, shown(done)
    assert [each for each in sre.here.steps("start") if each.get("reason") == REASON] == [
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
    lines = done.stdout.splitlines()[1:]
    assert all("reset machine" in line and " on-refresh-step " in line for line in lines), shown(done)


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(
    "arguments, code, words",
    [
        pytest.param(["--project", "elsewhere"], 1, "roles/logging.viewer on project elsewhere", id="no-permission"),
        pytest.param(["--since", "1h", "--until", "2h"], 2, "later than", id="before-it-begins"),
        pytest.param(["--since", "2999-01-01"], 2, "--since '2999-01-01 00:00' is not accepted", id="yet-to-come"),
        pytest.param(["--since", "yesterday"], 2, "a duration such as", id="no-time"),
        pytest.param(["--limit", "0"], 2, "a whole number from 1", id="no-lines"),
    ],
)
def test_an_audit_that_can_not_be_made_is_said(sre: Caller, arguments: list[str], code: int, words: str) -> None:
    done = sre.run("audit", *arguments)

    assert (done.returncode, done.stdout) == (code, ""), shown(done)
    assert words in done.stderr
