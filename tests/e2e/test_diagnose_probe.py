"""`repull diagnose --probe`: it asks first, both probes run, and their pods are gone afterwards, whatever happens."""

import signal
import subprocess
from collections.abc import Iterator

import pytest

from sandbox.faults import Fault
from tests.e2e import tenpods
from tests.e2e.caller import ROOT, Caller, probe_marks, shown
from tests.e2e.standing import Standing, standing
from tests.e2e.tenpods import GOOD, IMAGE, NARROW, STALE
from tests.e2e.terminal import INTERRUPT, Terminal, terminal
from tests.rings import rings

QUESTION = "Go on? [y/N] "


@pytest.fixture(scope="module", params=rings(1, 2))
def here(request: pytest.FixtureRequest) -> Iterator[Standing]:
    with standing(ring=request.param, scene=tenpods.scene) as found:
        yield found


@pytest.fixture(autouse=True)
def nothing_is_left(sre: Caller) -> Iterator[None]:
    yield
    sre.here.world.faults.clear()
    sre.here.until(lambda: sre.probes() == [], "no probe any more")


@pytest.fixture
def asked(sre: Caller) -> Iterator[Terminal]:
    command = sre.command("diagnose", "--image", IMAGE, "--node", STALE, "--probe")
    with terminal(command, cwd=ROOT, environ=sre.environ) as found:
        found.read_until(QUESTION)
        yield found


@pytest.fixture(scope="module")
def silent(sre: Caller) -> str:
    """A node without power: nobody there takes up a pod."""
    sre.here.background.run(sre.here.world.fleet[NARROW].power_off())
    return NARROW


def probing(sre: Caller, node: str) -> list[str]:
    return sre.command("diagnose", "--image", IMAGE, "--node", node, "--probe", "--yes")


def test_it_asks_first_and_takes_no_for_an_answer_and_tells_what_it_knows(sre: Caller, asked: Terminal) -> None:
    before = len(sre.changes())
    asked.type("n\n")

    assert asked.ends() == 4
    assert "Nothing was done." in asked.text
    assert "NOT_TRIED" in asked.text
    assert f"two short-lived pods in namespace repull on each of these nodes: {STALE}" in asked.text
    assert len(sre.changes()) == before


def test_whoever_says_yes_gets_both_probes(sre: Caller, asked: Terminal) -> None:
    before = len(sre.changes())
    asked.type("yes\n")

    assert asked.ends() == 3
    assert [f"probing node {STALE}: {kind}" in asked.text for kind in ("access", "image")] == [True, True]
    assert [each.verb for each in sre.changes()[before:]] == ["create", "delete"] * 2


def test_whoever_leaves_at_the_question_changes_nothing(sre: Caller, asked: Terminal) -> None:
    before = len(sre.changes())

    assert asked.left() == 130
    assert "Traceback" not in asked.text
    assert len(sre.changes()) == before


def test_both_probes_tell_a_node_that_can_from_one_that_cannot(sre: Caller) -> None:
    for node, mark, code in ((STALE, "❌", 3), (GOOD, "✅", 0)):
        before = len(sre.changes())
        done = sre.run("diagnose", "--image", IMAGE, "--node", node, "--probe", "--yes")

        assert (done.returncode, done.stderr) == (code, ""), shown(done)
        assert probe_marks(done.stdout) == [("access", mark), ("image", mark)], shown(done)
        assert [each.verb for each in sre.changes()[before:]] == ["create", "delete"] * 2


def test_ctrl_c_takes_the_probe_away(sre: Caller, silent: str) -> None:
    with terminal(probing(sre, silent), cwd=ROOT, environ=sre.environ) as typing:
        sre.here.until(lambda: len(sre.probes()) == 1, "a probe")
        typing.type(INTERRUPT)

        assert typing.ends() == 130
        assert "Traceback" not in typing.text
    assert sre.left() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_takes_the_probe_away_where_there_is_no_terminal(sre: Caller, silent: str, number: int) -> None:
    with subprocess.Popen(probing(sre, silent), cwd=ROOT, env=sre.environ, stdout=subprocess.PIPE) as process:
        try:
            sre.here.until(lambda: len(sre.probes()) == 1, "a probe")
            process.send_signal(number)
            assert process.wait(timeout=200) == 130
        finally:
            process.kill()
    assert sre.left() == []


def test_ctrl_c_while_the_pod_is_being_made_takes_it_away_too(sre: Caller) -> None:
    """The API server has made it, and its answer is still on its way."""
    before = len(sre.changes())
    with terminal(probing(sre, GOOD), cwd=ROOT, environ=sre.environ) as typing:

        async def press() -> None:
            typing.type(INTERRUPT)
            await sre.here.stage.until(lambda: "taking pod" in typing.text, "the process to be interrupted", seconds=1)

        sre.here.world.faults.add(
            Fault(api="kubernetes", user=sre.email, verb="create", resource="pods", after=press, delay=0.1)
        )
        assert typing.ends() == 130
        assert "taking pod repull/probe-access-" in typing.text
    sre.here.until(lambda: len(sre.changes()) == before + 2, "that what was asked for has been answered")
    assert sorted(each.verb for each in sre.changes()[before:]) == ["create", "delete"]


def test_ctrl_c_while_a_pod_is_looked_for_takes_it_away_too(sre: Caller) -> None:
    """Nobody heard that it was made, and the first try to delete it fails."""
    with terminal(probing(sre, GOOD), cwd=ROOT, environ=sre.environ) as typing:

        async def press() -> None:
            typing.type(INTERRUPT)
            await sre.here.stage.until(lambda: "taking pod" in typing.text, "the process to be interrupted", seconds=1)

        faults = sre.here.world.faults
        faults.add(Fault(api="kubernetes", user=sre.email, verb="create", resource="pods", drop=True))
        faults.add(
            Fault(api="kubernetes", user=sre.email, verb="delete", resource="pods", status=503, before=press, delay=0.1)
        )
        assert typing.ends() == 130
    assert "taking pod repull/probe-access-" in typing.text
    assert sre.left() == []


def test_a_pod_that_may_not_be_taken_away_after_ctrl_c_is_named(sre: Caller, silent: str) -> None:
    here = sre.here
    here.world.faults.add(
        Fault(api="kubernetes", user=sre.email, verb="delete", resource="pods", status=403, times=1000)
    )
    with terminal(probing(sre, silent), cwd=ROOT, environ=sre.environ) as typing:
        here.until(lambda: len(sre.probes()) == 1, "a probe")
        typing.type(INTERRUPT)

        assert typing.ends() == 130
    (name,) = sre.left()
    assert "Traceback" not in typing.text
    assert f"its pod may be left: kubectl delete pod {name} --namespace=repull" in typing.text
    here.background.run(here.world.admin.delete("pods", name, "repull", grace=0))


def test_a_hang_up_that_it_was_started_to_ignore_does_not_end_it(sre: Caller) -> None:
    """As nohup starts it."""
    command = ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", *probing(sre, GOOD)]
    with terminal(command, cwd=ROOT, environ=sre.environ) as typing:

        async def hang_up() -> None:
            typing.send(signal.SIGHUP)

        sre.here.world.faults.add(
            Fault(api="kubernetes", user=sre.email, verb="create", resource="pods", after=hang_up)
        )
        assert typing.ends() == 0


def test_a_second_ctrl_c_does_not_leave_it_behind(sre: Caller, silent: str) -> None:
    with terminal(probing(sre, silent), cwd=ROOT, environ=sre.environ) as typing:
        sre.here.until(lambda: len(sre.probes()) == 1, "a probe")

        async def press() -> None:
            typing.type(INTERRUPT)

        sre.here.world.faults.add(
            Fault(api="kubernetes", user=sre.email, verb="delete", resource="pods", before=press, delay=0.5)
        )
        typing.type(INTERRUPT)

        assert typing.ends() == 130
    assert sre.left() == []


def test_an_api_server_that_does_not_answer_leaves_the_diagnosis_and_says_so(sre: Caller) -> None:
    """What was found out without a probe is told all the same."""
    sre.here.world.faults.add(
        Fault(api="kubernetes", user=sre.email, verb="create", resource="pods", status=503, times=10)
    )
    done = sre.run("diagnose", "--image", IMAGE, "--node", GOOD, "--probe", "--yes")

    assert (done.returncode, done.stderr, done.stdout.split()[1]) == (4, "", "UNKNOWN"), shown(done)
    assert probe_marks(done.stdout) == [("access", "❔")], shown(done)
    assert "create pods probe-access-" in done.stdout


def test_the_second_probe_has_the_last_word(sre: Caller) -> None:
    """The node gets another credential between the two."""

    async def renew() -> None:
        sre.here.world.fleet[STALE].renew_token()

    sre.here.world.faults.add(
        Fault(api="kubernetes", user=sre.email, verb="create", resource="pods", first=2, before=renew)
    )
    try:
        done = sre.run("diagnose", "--image", IMAGE, "--node", STALE, "--probe", "--yes")
    finally:
        sre.here.background.run(tenpods.ail_again(sre.here.stage))

    assert (done.returncode, done.stdout.split()[1]) == (0, "RECOVERED"), shown(done)
    assert probe_marks(done.stdout) == [("access", "❌"), ("image", "✅")], shown(done)
    assert f"node {STALE} has just pulled the image" in done.stdout
