"""Nodes as they may be: every combination that a cluster can really have."""

from hypothesis import strategies as st

from tests.contract.drain.cases import ONE_EACH, RATIONS, REPLACED, Case, Comeback, Guard, State, Workload
from tests.contract.drain.pods import Owner, Shape, Volume

FINISHING = (Owner.NOBODY, Owner.NO_CONTROLLER, Owner.CUSTOM, Owner.OTHER_DAEMON_SET, Owner.JOB, Owner.REPLICA_SET)
"""Those whose finished pods stay: other controllers replace one at once."""


def shapes() -> st.SearchStrategy[Shape]:
    return st.builds(
        Shape,
        volumes=st.frozensets(st.sampled_from(Volume), max_size=2),
        init_container=st.booleans(),
    )


@st.composite
def workloads(draw: st.DrawFn) -> Workload:
    """One that the API server and the controllers let be what it is."""
    owner = draw(st.sampled_from((*Owner, *REPLACED)))
    alone = owner in ONE_EACH
    doomed = owner in (Owner.NOBODY, Owner.REPLICA_SET) and draw(st.sampled_from((False,) * 7 + (True,)))
    if owner is Owner.NODE:
        return Workload(owner=owner)
    if owner is Owner.DAEMON_SET_GONE:
        return Workload(owner=owner, shape=draw(shapes()), state=draw(st.sampled_from((State.GOING, State.STUCK))))
    here = 1 if alone else draw(st.sampled_from((1, 1, 2, 3)))
    elsewhere = 0 if alone or doomed or owner is Owner.JOB else draw(st.sampled_from((0, 0, 1, 2)))
    guard = Guard.NONE if doomed else draw(st.sampled_from((Guard.NONE, Guard.NONE, Guard.NONE, *Guard)))
    if guard in (Guard.LATER, Guard.HOPELESS) and (owner not in REPLACED or not elsewhere):
        guard = Guard.ALLOWS
    if guard in RATIONS and owner is Owner.JOB:
        guard = Guard.ALL
    states = [State.READY] * 4 + [State.UNREADY, State.PENDING]
    if owner in FINISHING:
        states += [State.SUCCEEDED, State.FAILED]
    if owner is not Owner.DAEMON_SET:
        states += [State.GOING, State.STUCK]
    if guard in (Guard.LATER, Guard.HOPELESS):
        states = [State.READY]
    if doomed:
        states = [State.GOING, State.STUCK]
    state = draw(st.sampled_from(states))
    comebacks = [Comeback.ELSEWHERE] * 4
    if owner in REPLACED and state in (State.READY, State.UNREADY, State.PENDING):  # others are back before the drain
        comebacks += [Comeback.NEVER_READY, Comeback.SAME_NODE]
    return Workload(
        owner=owner,
        here=here,
        elsewhere=elsewhere,
        state=state,
        guard=guard,
        always_evict_unhealthy=guard is not Guard.NONE and draw(st.booleans()),
        comeback=draw(st.sampled_from(comebacks)),
        shape=draw(shapes()),
        debugged=draw(st.sampled_from((False, False, False, True))),
        doomed=doomed,
    )


def cases() -> st.SearchStrategy[Case]:
    return st.builds(
        Case,
        workloads=st.lists(workloads(), min_size=1, max_size=3).map(tuple),
        force=st.booleans(),
    )
