"""Nodes as they may be: every combination that a cluster can really have."""

from hypothesis import strategies as st

from tests.contract.drain.cases import ONE_EACH, RATIONS, REPLACED, Case, Comeback, Guard, State, Workload
from tests.contract.drain.pods import Owner, Shape, Volume

FINISHING = (Owner.NOBODY, Owner.NO_CONTROLLER, Owner.CUSTOM, Owner.OTHER_DAEMON_SET, Owner.JOB, Owner.REPLICA_SET)
"""Those whose finished pods stay: other controllers replace one at once."""


ELSEWHERE_UNREADY = (Guard.LATER, Guard.HOPELESS)


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
    if owner is Owner.NODE:
        return Workload(owner=owner)
    if owner is Owner.DAEMON_SET_GONE:
        return Workload(owner=owner, shape=draw(shapes()), state=draw(st.sampled_from((State.GOING, State.STUCK))))
    if owner in (Owner.NOBODY, Owner.REPLICA_SET) and draw(st.sampled_from((False,) * 7 + (True,))):
        state = draw(st.sampled_from((State.GOING, State.STUCK)))
        return Workload(owner=owner, here=draw(st.integers(1, 2)), state=state, shape=draw(shapes()), doomed=True)
    guard = draw(guards(owner))
    here, elsewhere = (1, 0) if owner in ONE_EACH else (draw(st.sampled_from((1, 1, 2, 3))), draw(st.integers(0, 2)))
    if owner is Owner.JOB:
        elsewhere = 0
    if guard in ELSEWHERE_UNREADY:
        elsewhere = max(1, elsewhere)
    state = draw(states(owner, guard))
    return Workload(
        owner=owner,
        here=here,
        elsewhere=elsewhere,
        state=state,
        guard=guard,
        always_evict_unhealthy=guard is not Guard.NONE and draw(st.booleans()),
        comeback=draw(comebacks(owner, state)),
        shape=draw(shapes()),
        debugged=draw(st.sampled_from((False, False, False, True))),
    )


def guards(owner: Owner) -> st.SearchStrategy[Guard]:
    """Those that can be: nothing makes a pod elsewhere ready that no controller looks after."""
    possible = [each for each in Guard if owner in REPLACED or each not in ELSEWHERE_UNREADY]
    if owner is Owner.JOB:
        possible = [each for each in possible if each not in RATIONS]
    return st.sampled_from([*[Guard.NONE] * 4, *possible])


def states(owner: Owner, guard: Guard) -> st.SearchStrategy[State]:
    """Those in which a controller leaves its pods."""
    if guard in ELSEWHERE_UNREADY:
        return st.just(State.READY)
    possible = [*[State.READY] * 5, State.UNREADY, State.PENDING]
    if owner in FINISHING:
        possible += [State.SUCCEEDED, State.FAILED]
    if owner is not Owner.DAEMON_SET:
        possible += [State.GOING, State.STUCK]
    return st.sampled_from(possible)


def comebacks(owner: Owner, state: State) -> st.SearchStrategy[Comeback]:
    """Where a pod is going, or has finished, its replacement is there before the drain."""
    matters = owner in REPLACED and state in (State.READY, State.UNREADY, State.PENDING)
    return st.sampled_from([Comeback.ELSEWHERE, *Comeback]) if matters else st.just(Comeback.ELSEWHERE)


def cases() -> st.SearchStrategy[Case]:
    return st.builds(
        Case,
        workloads=st.lists(workloads(), min_size=1, max_size=3).map(tuple),
        force=st.booleans(),
    )
