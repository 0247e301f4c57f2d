"""Nodes that show what matters most, by name: every declared difference, and what must not be one."""

from tests.contract.drain.cases import Case, Comeback, Guard, State, Workload
from tests.contract.drain.differences import Difference
from tests.contract.drain.pods import Owner, Shape, Volume

DATA = Shape(volumes=frozenset({Volume.EMPTY_DIR}), init_container=True)

ALIKE = {
    "one-of-every-kind": Case(
        workloads=(
            Workload(here=2, elsewhere=1, shape=DATA),
            Workload(owner=Owner.STATEFUL_SET, here=2),
            Workload(owner=Owner.JOB, debugged=True),
            Workload(owner=Owner.DAEMON_SET, shape=DATA),
            Workload(owner=Owner.NODE),
            Workload(owner=Owner.OTHER_DAEMON_SET),
        )
    ),
    "bare-pods-with-force": Case(
        workloads=(
            Workload(owner=Owner.NOBODY, shape=DATA),
            Workload(owner=Owner.NO_CONTROLLER),
            Workload(owner=Owner.DAEMON_SET_ORPHAN),
        ),
        force=True,
    ),
    "finished-pods-need-no-consent": Case(
        workloads=(
            Workload(owner=Owner.NOBODY, state=State.SUCCEEDED, shape=DATA, guard=Guard.ALL),
            Workload(owner=Owner.NO_CONTROLLER, state=State.FAILED),
        )
    ),
    "budget-blocks-for-a-while": Case(workloads=(Workload(here=2, elsewhere=1, guard=Guard.LATER),)),
    "one-after-the-other": Case(
        workloads=(Workload(owner=Owner.STATEFUL_SET, here=3, elsewhere=1, guard=Guard.SPARES_ONE),)
    ),
    "unready-pods-are-always-evicted": Case(
        workloads=(Workload(state=State.UNREADY, guard=Guard.ALL, always_evict_unhealthy=True),)
    ),
    "namespace-goes": Case(workloads=(Workload(here=2, doomed=True, state=State.GOING),)),
}

DIFFERENT = {
    "bare-pod": (Difference.BEFORE_THE_CORDON, Case(workloads=(Workload(owner=Owner.NOBODY), Workload()))),
    "orphan-of-a-daemon-set": (
        Difference.BEFORE_THE_CORDON,
        Case(workloads=(Workload(owner=Owner.DAEMON_SET_ORPHAN), Workload())),
    ),
    "budget-wants-all": (Difference.BEFORE_THE_CORDON, Case(workloads=(Workload(here=2, guard=Guard.ALL), Workload()))),
    "two-budgets": (Difference.BEFORE_THE_CORDON, Case(workloads=(Workload(guard=Guard.OVERLAPPING), Workload()))),
    "budget-cannot-count": (
        Difference.BEFORE_THE_CORDON,
        Case(workloads=(Workload(owner=Owner.CUSTOM, guard=Guard.ONE_AT_A_TIME), Workload())),
    ),
    "budget-counts-no-bare-pods": (
        Difference.BEFORE_THE_CORDON,
        Case(workloads=(Workload(owner=Owner.NOBODY, guard=Guard.ONE_AT_A_TIME), Workload()), force=True),
    ),
    "budget-never-recovers": (
        Difference.GIVEN_BACK,
        Case(workloads=(Workload(here=1, elsewhere=1, guard=Guard.HOPELESS), Workload())),
    ),
    "bare-pod-is-going": (
        Difference.GOING,
        Case(workloads=(Workload(owner=Owner.NOBODY, state=State.GOING), Workload())),
    ),
    "daemon-set-is-gone": (
        Difference.GOING,
        Case(workloads=(Workload(owner=Owner.DAEMON_SET_GONE, state=State.GOING), Workload())),
    ),
    "pod-never-goes": (Difference.STUCK, Case(workloads=(Workload(state=State.STUCK), Workload()))),
    "replacements-never-ready": (
        Difference.PACED,
        Case(workloads=(Workload(here=7, comeback=Comeback.NEVER_READY),)),
    ),
    "pods-come-back": (
        Difference.UNTIL_EMPTY,
        Case(workloads=(Workload(here=2, comeback=Comeback.SAME_NODE), Workload())),
    ),
}
