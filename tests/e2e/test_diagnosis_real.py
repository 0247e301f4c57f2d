"""The diagnosis on real machines: what real kubelets and containerd say goes in, and line and world are judged.

All of it shares one cluster of four machines, on which the functions are at work all the time.
"""

from collections.abc import Iterator

import pytest

from sandbox import witnesses
from tests.e2e import kubelets, truths
from tests.e2e.caller import ROOT, Caller, probe_marks, shown
from tests.e2e.kubelets import CASES, PRESENT, Case
from tests.e2e.standing import Standing, standing
from tests.e2e.tenpods import GOOD, IMAGE, STALE
from tests.e2e.terminal import INTERRUPT, terminal
from tests.e2e.truths import TRUTHS, Truth
from tests.rings import rings

pytestmark = [pytest.mark.timeout(600), pytest.mark.xdist_group("diagnosis")]
START_SECONDS = 500
SETTINGS = {
    "REPULL_MEMORY_SECONDS": "0",
    "REPULL_PROPAGATION_SECONDS": "600",
    "REPULL_WINDOW_SECONDS": "3600",
}
"""Each event is diagnosed; a grant has production's time, so that only another's pull convicts a node; and a cause has
production's, in which it opens one refresh, however long all this takes."""


@pytest.fixture(scope="module", params=rings(3))
def here(request: pytest.FixtureRequest) -> Iterator[Standing]:
    with standing(ring=request.param, scene=kubelets.scene, settings=SETTINGS, within=START_SECONDS) as found:
        yield found
        assert found.background.run(found.stage.refresh_is_over(), within=START_SECONDS)
        checks = (*kubelets.nothing_was_done(found.world), *found.background.run(witnesses.hear(found.world)))
        assert all(check.holds for check in checks), "\n".join(check.line for check in checks)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.pod)
def test_what_a_kubelet_says_leads_to_the_verdict(here: Standing, case: Case) -> None:
    """On its way through log, sink and queue, and again when the same entry is delivered once more."""
    kinds = {each["kind"] for each in kubelets.verdicts(here, case.pod)}
    assert kinds <= {case.kind, *case.early, *kubelets.BEFORE_ITS_STATUS}
    assert bool(kinds) is case.wakes
    (entry, *_) = kubelets.entries(here.stage, case.pod, "Failed")
    assert kubelets.settled(kubelets.replayed(here, entry)) == (case.kind, case.cause, case.check, case.status)


@pytest.mark.parametrize("case", [each for each in CASES if each.wakes], ids=lambda case: case.pod)
def test_where_a_kubelet_only_says_that_it_waits_the_pod_tells_why(here: Standing, case: Case) -> None:
    (entry, *_) = kubelets.entries(here.stage, case.pod, "BackOff")
    found = kubelets.replayed(here, entry)
    now = ("RECOVERED", "", "pod", "fail") if case.passes else None
    assert kubelets.settled(found) == (now or (case.kind, case.cause, case.check, case.status))
    assert found["node"] == case.node


def test_an_image_that_is_there_says_nothing_and_excuses_nobody(here: Standing) -> None:
    """It was not pulled, so it is no proof that its node can pull."""
    assert [kubelets.entries(here.stage, PRESENT, reason) for reason in ("Failed", "BackOff", "Pulling")] == [
        [],
        [],
        [],
    ]
    assert kubelets.verdicts(here, PRESENT) == []
    (entry, *_) = kubelets.entries(here.stage, "stale-node", "Failed")
    assert kubelets.replayed(here, entry)["kind"] == "STALE_CREDENTIALS"


@pytest.mark.parametrize("truth", TRUTHS, ids=lambda truth: truth.pod)
def test_repull_diagnose_tells_the_truth(sre: Caller, truth: Truth) -> None:
    truths.is_told(sre, truth)


def test_repull_diagnose_tells_all_of_it_at_once(sre: Caller) -> None:
    truths.all_are_told_at_once(sre)


def test_real_kubelets_answer_both_probes(sre: Caller) -> None:
    for node, mark, code in ((STALE, "❌", 3), (GOOD, "✅", 0)):
        done = sre.run("diagnose", "--image", IMAGE, "--node", node, "--probe", "--yes")

        assert (done.returncode, done.stderr) == (code, ""), shown(done)
        assert probe_marks(done.stdout) == [("access", mark), ("image", mark)], shown(done)
    assert sre.left() == []


def test_ctrl_c_while_a_kubelet_pulls_takes_the_probe_away(sre: Caller) -> None:
    here, slow = sre.here, sre.here.world.faults.add(kubelets.slow(IMAGE))
    command = sre.command("diagnose", "--image", IMAGE, "--node", GOOD, "--probe", "--yes")
    with terminal(command, cwd=ROOT, environ=sre.environ) as typing:
        here.until(lambda: slow.seen > 0, "a kubelet that asks for the image")
        typing.type(INTERRUPT)

        assert typing.ends() == 130
    assert sre.left() == []
