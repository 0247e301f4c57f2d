"""A grant may be on its way: no node is blamed before it must have arrived, and then the next failure asks again.

Nothing waits and nothing is published meanwhile: the kubelet's own next event opens the question again, and what is
remembered of the answer must not outlive it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from sandbox import deployment
from sandbox.beds import BARRED, DENIAL, THERE
from sandbox.objects.kinds import Object
from sandbox.timestamps import now
from tests.e2e.checkups import pulled
from tests.e2e.ward import Diagnosed, Ward, entry, nothing_was_done, ward

PROJECT = f"projects/{deployment.PROJECT}"
WAITS = 600.0
SHORT, LONG = 40.0, 3600.0
READER_OF_LOGS = (f"serviceAccount:{deployment.DIAGNOSE}", "roles/logging.viewer", PROJECT)


def retry_after(found: Diagnosed) -> datetime:
    return datetime.fromisoformat(found.verdict["retry_after"])


def notes(found: Diagnosed) -> list[str]:
    return [each["evidence"] for each in found.verdict["checks"] if each["check"] == "asked in vain"]


def changed(opened: Ward) -> datetime:
    """When the repository's policy, or a deny policy, was last changed; the entries don't tell for whom."""
    times = (each["timestamp"] for each in opened.world.logs if may_concern_anybody(each))
    return datetime.fromisoformat(max(times))


def may_concern_anybody(entry: Object) -> bool:
    payload = entry.get("protoPayload", {})
    of_a_deny_policy = str(payload.get("methodName", "")).startswith("google.iam.v2.Policies.")
    return of_a_deny_policy or bool(payload.get("resourceName") == deployment.REPOSITORY)


@pytest.fixture(scope="module")
def whole_ward() -> Iterator[Ward]:
    with ward({"REPULL_PROPAGATION_SECONDS": f"{WAITS:g}", "REPULL_READ_AUDIT_LOG": "on"}) as found:
        yield found
        nothing_was_done(found)


@pytest.fixture
def opened(whole_ward: Ward) -> Iterator[Ward]:
    yield whole_ward
    whole_ward.clear()
    whole_ward.world.policies.revoke(*READER_OF_LOGS)


def test_where_nobody_tells_how_old_the_grant_is_it_is_as_young_as_can_be(opened: Ward) -> None:
    """The audit log may not be read; Policy Troubleshooter and the policies know no time at all."""
    began = now()
    found = opened.tell(opened.admit())
    assert (found.kind, found.changes, found.check("time")[0]) == ("PROPAGATING", [], "fail")
    assert "roles/logging.viewer" in notes(found)[0]
    # This process has seen it hold since then; an earlier test may have looked first.
    assert retry_after(found) <= now() + timedelta(seconds=WAITS)
    assert retry_after(found) > began + timedelta(seconds=WAITS / 2)
    assert f"{retry_after(found):%H:%M:%S} UTC is looked at again" in found.verdict["advice"]


def test_nor_where_the_log_is_down(opened: Ward) -> None:
    opened.world.policies.grant(*READER_OF_LOGS)
    opened.fault(api="logging", user=deployment.DIAGNOSE, status=503)
    found = opened.tell(opened.admit())
    assert (found.kind, found.changes) == ("PROPAGATING", [])
    assert "503" in notes(found)[0]


def test_a_grant_of_which_the_log_tells_is_as_old_as_that(opened: Ward) -> None:
    """To a process that has not seen it hold for longer, as an earlier test's may have."""
    opened.here.anew(opened.world.diagnose)
    opened.world.policies.grant(*READER_OF_LOGS)
    granted = changed(opened)
    found = opened.tell(opened.admit())
    assert (found.kind, found.changes, notes(found)) == ("PROPAGATING", [], [])
    assert "the audit log tells of a change at" in found.check("time")[1]
    assert retry_after(found) == granted + timedelta(seconds=WAITS)


def test_a_deny_policy_that_was_lifted_gives_access_as_late_as_a_grant(opened: Ward) -> None:
    opened.world.policies.grant(*READER_OF_LOGS)
    assert opened.tell(opened.admit(node=BARRED)).kind == "DENIED_BY_POLICY"
    before = now()
    opened.world.policies.lift(*DENIAL)
    try:
        lifted = changed(opened)
        assert lifted > before
        found = opened.tell(opened.admit(node=BARRED))
        assert (found.kind, found.changes) == ("PROPAGATING", [])
        assert retry_after(found) == lifted + timedelta(seconds=WAITS)
    finally:
        opened.world.policies.deny(*DENIAL)


def test_a_pull_elsewhere_proves_that_it_has_arrived() -> None:
    with ward({"REPULL_PROPAGATION_SECONDS": f"{WAITS:g}"}) as opened:
        opened.run(opened.world.refresh.stop())  # that a renewal is asked for is what counts here
        pulled(THERE)(opened)
        found = opened.tell(opened.admit())
        assert (found.kind, found.verdict["contrast"]) == ("STALE_CREDENTIALS", "proven")
        assert found.verdict["retry_after"] is None


def test_what_is_remembered_ends_when_the_grant_must_have_arrived() -> None:
    """Duplicates are remembered for an hour here, and this verdict for as long as it is true."""
    settings = {"REPULL_PROPAGATION_SECONDS": f"{SHORT:g}", "REPULL_MEMORY_SECONDS": f"{LONG:g}"}
    with ward(settings) as opened:
        opened.run(opened.world.refresh.stop())  # that a renewal is asked for is what counts here
        pod = opened.admit()
        first = opened.tell(pod)
        assert (first.kind, opened.refreshes()) == ("PROPAGATING", [])
        assert retry_after(first) <= now() + timedelta(seconds=SHORT)
        for failing in (pod, opened.admit()):  # the same pod's, and another's of the same cause
            answered, calls = opened.deliver(entry(failing))
            assert answered.said("repull.duplicate") == "PROPAGATING stands"
            assert {call.resource for call in calls} <= {"nodes"}
        opened.here.until(lambda: now() >= retry_after(first), "the end of its time")
        again = opened.tell(pod)
        assert (again.kind, again.verdict["contrast"]) == ("STALE_CREDENTIALS", "elimination")
        assert len(opened.refreshes()) == 1
