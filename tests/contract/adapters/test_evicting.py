"""The evictions of one round, which are asked for side by side."""

import pytest

from functions import events
from functions.errors import Retryable
from functions.model.refresh import Phase
from functions.phases.drain import Drain
from tests.contract.adapters.holding import Trail, held
from tests.contract.adapters.server import Server


def test_one_that_fails_hides_none_of_the_others(server: Server) -> None:
    """Whatever was evicted is on record, in the order of the pods, before the failure is raised."""
    for name in ("p1", "p2", "p3"):
        server.pod(name, node="a")
    server.fault(verb="create", resource="pods/eviction", name="p1", status=503)
    trail = Trail()
    hold = held(server.cluster, phase=Phase.DRAIN, node="a", audit=trail)
    with server.cluster.views.around("a") as view, pytest.raises(Retryable):
        Drain(hold, view).evict(view.pods())

    assert trail.lines == [(events.EVICTED, "default/p2"), (events.EVICTED, "default/p3")]


def test_who_was_evicted_is_not_asked_again_though_still_in_view(server: Server) -> None:
    server.pod("p1", node="a")
    hold = held(server.cluster, phase=Phase.DRAIN, node="a", audit=Trail())
    with server.cluster.views.around("a") as view:
        drain = Drain(hold, view)
        before = view.pods()
        assert drain.due(before) == before
        drain.evict(before)

        assert drain.due(before) == ()
