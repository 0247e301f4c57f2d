"""A node is followed: as it is now, every change, until it is gone or the time is up."""

import time
from collections.abc import Iterator
from itertools import groupby, islice

import pytest

from functions.errors import Refused, Retryable
from functions.model.cluster import Node
from tests.contract.adapters.server import Server


def shown(nodes: Iterator[Node | None]) -> Iterator[bool | None]:
    """Whether it is cordoned, and None where it is not there; without what else its controllers write."""
    return (key for key, _ in groupby(node.unschedulable if node else None for node in nodes))


def test_following_a_node_shows_it_now_then_every_change_then_that_it_is_gone(server: Server) -> None:
    server.node("a")
    server.node("b")
    seen = shown(server.follow("a"))

    assert next(seen) is False
    server.cordon("b")
    server.cordon("a")
    assert next(seen) is True
    server.delete("nodes", "a")
    assert next(seen) is None


def test_following_a_node_that_comes_to_be(server: Server) -> None:
    found = server.follow("late")

    assert next(found) is None
    server.node("late")
    assert (node := next(found)) is not None
    assert node.name == "late"


def test_following_ends_quietly_when_its_time_is_up(server: Server) -> None:
    server.node("a")
    began = time.monotonic()

    found = list(server.cluster.nodes.follow("a", seconds=0.3))

    assert {node.name for node in found if node} == {"a"}
    assert 0.25 < time.monotonic() - began < 60


@pytest.mark.parametrize("refused_at_the_door", [True, False])
def test_following_survives_a_server_that_has_forgotten_the_version(
    server: Server, *, refused_at_the_door: bool
) -> None:
    """A server says 410 in the stream, or as the status of the watch itself."""

    async def cordon() -> None:
        await server.admin.patch("nodes", "a", {"spec": {"unschedulable": True}})

    server.node("a")
    if refused_at_the_door:
        server.fault(verb="watch", resource="nodes", before=cordon, status=410)
    else:
        server.listener.expire = cordon

    assert list(islice(shown(server.follow("a")), 2)) == [False, True]


def test_following_survives_a_lost_connection(server: Server) -> None:
    server.node("a")
    fault = server.fault(verb="watch", resource="nodes", drop=True, times=4)

    async def cordon() -> None:
        if fault.seen == fault.times:
            await server.admin.patch("nodes", "a", {"spec": {"unschedulable": True}})

    fault.before = cordon

    assert list(islice(shown(server.follow("a")), 2)) == [False, True]
    assert fault.seen >= fault.times


def test_following_says_so_where_the_server_is_still_away_at_the_end(server: Server) -> None:
    server.node("a")
    server.fault(verb="list", resource="nodes", status=503, times=1000)

    with pytest.raises(Retryable, match="list nodes: 503"):
        list(server.cluster.nodes.follow("a", seconds=0.5))


def test_following_does_not_wait_for_what_is_forbidden(server: Server) -> None:
    server.node("a")
    server.fault(verb="watch", resource="nodes", status=403)

    with pytest.raises(Refused, match="watch nodes: 403"):
        list(server.cluster.nodes.follow("a", seconds=20))
