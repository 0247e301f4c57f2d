"""A pause that is there stays as it was written, and `repull status` says what holds the cluster, at work or not."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from sandbox import deployment
from sandbox.faults import Fault
from sandbox.objects.kinds import Object
from tests.e2e import smallest
from tests.e2e.caller import Caller, shown
from tests.e2e.standing import Standing, standing

KEY = deployment.CLUSTER_KEY
NAME = "by-hand"
ANN = json.dumps({"by": "ann", "why": "incident 4711", "at": "2026-01-01T03:00:00Z"})
SINCE = "by ann since 2026-01-01 03:00 UTC: incident 4711"


@pytest.fixture(scope="module")
def here() -> Iterator[Standing]:
    with standing(scene=smallest.everything_runs) as found:
        yield found


@contextmanager
def remembered(here: Standing, **data: str) -> Iterator[None]:
    """The cluster remembers nothing else."""
    run, admin = here.background.run, here.world.admin
    run(admin.create("configmaps", {"metadata": {"name": "state"}, "data": data}, "repull"))
    try:
        yield
    finally:
        run(admin.delete("configmaps", "state", "repull"))


def paused(here: Standing) -> str:
    found: Object = here.background.run(here.world.admin.get("configmaps", "state", "repull"))
    return str(found["data"]["paused"])


def test_who_paused_the_cluster_first_stays_known(sre: Caller) -> None:
    """Only another reason is written, and what stood there is said then."""
    with remembered(sre.here, paused=ANN):
        before = sre.changes()
        again = sre.run("pause", "--reason", "incident 4711", USER="ben")
        kept, written = paused(sre.here), sre.changes()
        other = sre.run("pause", "--reason", "the launch", USER="ben")
        became = json.loads(paused(sre.here))

    assert (again.returncode, other.returncode) == (0, 0), shown(again) + shown(other)
    assert again.stdout == f"{KEY} is paused already {SINCE}; no further node is taken\n"
    assert (kept, written) == (ANN, before)
    assert (became["by"], became["why"]) == ("ben", "the launch")
    assert other.stdout == f"{KEY} is paused: no further node is taken; before, it was paused {SINCE}\n"


def test_of_two_who_pause_at_once_none_is_lost(sre: Caller) -> None:
    """Ann's is written between what ben has read and what he writes."""
    admin, faults = sre.here.world.admin, sre.here.world.faults

    async def ann_is_faster() -> None:
        await admin.patch("configmaps", "state", {"data": {"paused": ANN}}, "repull")

    with remembered(sre.here, renewals="[]"):
        faults.add(Fault(user=sre.email, resource="configmaps", verb="patch", before=ann_is_faster))
        try:
            second = sre.run("pause", USER="ben")
        finally:
            faults.clear()
        kept = paused(sre.here)

    assert (second.returncode, kept) == (0, ANN), shown(second)
    assert f"is paused already {SINCE}" in second.stdout


def test_who_paused_a_refresh_first_stays_known(sre: Caller) -> None:
    run, admin = sre.here.background.run, sre.here.world.admin
    spec = {"cluster": KEY, "image": smallest.IMAGE, "method": "Reset", "maxUnavailable": "1"}
    made = {"apiVersion": "repull.dev/v1alpha1", "kind": "NodeRefresh", "metadata": {"name": NAME}, "spec": spec}
    run(admin.create("noderefreshes", made))
    try:
        with remembered(sre.here, paused=ANN):
            not_it = sre.run("resume", NAME).stdout
        said = [
            sre.run("pause", NAME, *reason, USER=who).stdout
            for who, reason in (("ann", ["--reason", "look first"]), ("ben", []), ("ben", ["--reason", "lunch"]))
        ]
        stands = run(admin.get("noderefreshes", NAME))["metadata"]["annotations"]["repull.dev/pause"]
        not_all = sre.run("resume").stdout
    finally:
        run(admin.delete("noderefreshes", NAME))

    assert not_it == f"{NAME} is not paused; the cluster is {SINCE}; to go on: repull resume\n"
    assert not_all == f"{KEY} is not paused; {NAME} is: ben: lunch; to go on: repull resume {NAME}\n"
    assert said == [
        f"{NAME} is paused: no further node is taken\n",
        f"{NAME} is paused already: ann: look first; no further node is taken\n",
        f"{NAME} is paused: no further node is taken; before, it was paused: ann: look first\n",
    ]
    assert stands == "ben: lunch"


def test_what_holds_the_cluster_is_shown_though_no_refresh_is_at_work(sre: Caller) -> None:
    with remembered(sre.here, paused=ANN, breaker="31 renewals"):
        text, data = sre.run("status"), sre.run("status", "-o", "json")

    assert (text.returncode, data.returncode) == (0, 0), shown(text)
    pause, breaker = (line for line in text.stdout.splitlines() if line.startswith(f"{KEY}: "))
    assert pause.startswith(f"{KEY}: the cluster is paused {SINCE}; to go on: repull resume, or kubectl ")
    assert breaker.startswith(f"{KEY}: the circuit breaker is open: 31 renewals; once you have looked: kubectl ")
    cluster = json.loads(data.stdout)["cluster"]
    assert cluster["pause"] == {"by": "ann", "since": "2026-01-01T03:00:00+00:00", "why": "incident 4711"}
    assert (cluster["name"], cluster["breaker"]) == (KEY, "31 renewals")
    assert [f"{KEY}: {each}" for each in cluster["held"]] == [pause, breaker]


@pytest.mark.parametrize("status", [403, 500], ids=["may-not-read-it", "is-not-answered"])
def test_who_does_not_learn_what_holds_the_cluster_still_sees_refreshes(sre: Caller, status: int) -> None:
    faults = sre.here.world.faults
    faults.add(Fault(user=sre.email, resource="configmaps", verb="get", status=status, times=999))
    try:
        done = sre.run("status", "-o", "json")
    finally:
        faults.clear()

    assert done.returncode == 0, shown(done)
    assert "whether the cluster is paused, or its circuit breaker open, is not known: get configmaps" in done.stderr
    assert json.loads(done.stdout) == {"cluster": None, "refreshes": []}
