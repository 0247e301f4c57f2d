"""The end of a run over many nodes: what it asks for each of them."""

from functions import ownership
from functions.model.refresh import Phase
from functions.phases import conclude
from functions.phases.result import Concluded
from tests.contract.adapters.holding import Trail, held
from tests.contract.adapters.server import Server

NODES = 5


def test_a_mark_is_taken_back_in_one_request(server: Server) -> None:
    """Where nobody else writes the node at the same moment: it was listed with the others."""
    hold = held(server.cluster, phase=Phase.FINISHED, audit=Trail())
    for number in range(NODES):
        server.node(f"n{number}", labels={ownership.REFRESH: hold.name})

    assert isinstance(conclude.step(hold), Concluded)

    patches = server.books.calls(verb="patch", resource="nodes")
    lost = [call for call in patches if call.status == 409]
    assert len(patches) - len(lost) == NODES
    assert len(server.books.calls(verb="get", resource="nodes")) == len(lost)
    assert not server.cluster.nodes.carrying(ownership.REFRESH, hold.name, limit=NODES)
