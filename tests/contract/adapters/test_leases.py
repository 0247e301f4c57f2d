"""One refresh at a time: the Lease is taken, kept, stolen and given back, and no race is won twice."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from functions.errors import HolderLost
from sandbox.faults import Fault
from tests.contract.adapters.server import Server

SLOTS = 10


def holder(server: Server) -> str | None:
    found: str | None = server.stored("leases", "repull", "repull")["spec"].get("holderIdentity")
    return found


def test_taking_keeping_and_giving_back(server: Server) -> None:
    leases = server.cluster.leases

    assert leases.take("r1") == "r1"
    assert leases.take("r1") == "r1"
    assert leases.take("r2") == "r1"
    leases.release("r2")
    assert holder(server) == "r1"
    leases.release("r1")
    leases.release("r1")
    assert holder(server) is None
    assert leases.take("r2") == "r2"


def test_who_holds_it(server: Server) -> None:
    assert server.cluster.leases.holder() == ""
    server.cluster.leases.take("r1")
    assert server.cluster.leases.holder() == "r1"
    server.cluster.leases.release("r1")
    assert server.cluster.leases.holder() == ""


def test_giving_back_what_was_never_taken(server: Server) -> None:
    server.cluster.leases.release("r1")

    assert server.books.calls(verb="create") == []


def test_its_times_have_microseconds_and_a_zone(server: Server) -> None:
    server.cluster.leases.take("r1")
    before = server.stored("leases", "repull", "repull")["spec"]
    server.cluster.leases.take("r1")

    spec = server.stored("leases", "repull", "repull")["spec"]

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", spec["renewTime"])
    assert spec["renewTime"] > before["renewTime"]
    assert spec["acquireTime"] == before["acquireTime"]


def test_stealing_takes_it_from_that_holder_alone(server: Server) -> None:
    leases = server.cluster.leases
    leases.take("dead")

    assert not leases.steal("r2", from_holder="somebody")
    assert holder(server) == "dead"
    assert leases.steal("r2", from_holder="dead")
    assert holder(server) == "r2"
    assert not leases.steal("r3", from_holder="dead")
    assert leases.steal("r2", from_holder="dead")
    assert server.stored("leases", "repull", "repull")["spec"]["leaseTransitions"] == 1


def test_of_many_that_create_it_at_once_one_has_it(server: Server) -> None:
    names = [f"r{number}" for number in range(8)]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(server.cluster.leases.take, names))

    assert set(answers) == {holder(server)}


def test_the_slots_of_its_holder_keep_it_side_by_side(server: Server) -> None:
    """Whoever of them loses the race for it has it all the same."""
    with ThreadPoolExecutor(SLOTS) as pool:
        assert set(pool.map(server.cluster.leases.take, ["r1"] * SLOTS)) == {"r1"}
        assert set(pool.map(server.cluster.leases.take, ["r1"] * SLOTS)) == {"r1"}

    assert server.stored("leases", "repull", "repull")["spec"]["leaseTransitions"] == 0


@pytest.mark.parametrize("act", ["take", "steal"])
def test_a_race_that_is_lost_between_reading_and_writing(server: Server, act: str) -> None:
    leases = server.cluster.leases
    leases.take("dead")
    leases.release("dead")

    async def somebody_else() -> None:
        await server.admin.patch("leases", "repull", {"spec": {"holderIdentity": "fast"}}, "repull")

    server.faults.add(Fault(verb="update", resource="leases", before=somebody_else))

    if act == "take":
        assert leases.take("slow") == "fast"
    else:
        assert not leases.steal("slow", from_holder="dead")

    assert holder(server) == "fast"


def test_who_is_overtaken_while_it_races_does_not_try_again(server: Server) -> None:
    """It was frozen before its write: by the time it wakes up the lease has been taken, used and given back."""
    leases, asked = server.cluster.leases, iter([None, HolderLost("overtaken")])
    leases.take("r1")

    async def given_back() -> None:
        await server.admin.patch("leases", "repull", {"spec": {"holderIdentity": None}}, "repull")

    def guard() -> None:
        if lost := next(asked):
            raise lost

    server.faults.add(Fault(verb="update", resource="leases", before=given_back))

    with pytest.raises(HolderLost):
        leases.take("r1", guard)

    assert holder(server) is None


def test_giving_back_tries_again_where_it_lost_a_race(server: Server) -> None:
    leases = server.cluster.leases
    leases.take("r1")

    async def touched() -> None:
        await server.admin.patch("leases", "repull", {"metadata": {"labels": {"x": "y"}}}, "repull")

    server.faults.add(Fault(verb="update", resource="leases", before=touched))

    leases.release("r1")

    assert holder(server) is None
