"""A pod that another one's verdict answers is told its own reason when that is over, whoever renews it first."""

import time

from sandbox.beds import LONE
from sandbox.objects.kinds import Object
from tests.e2e.checkups import names
from tests.e2e.ward import Ward, entry, ward

WINDOW = 30
"""Seconds, in which a busy machine diagnoses two events."""


def diagnoses(opened: Ward, pod: Object) -> list[str]:
    """The verdicts that one more event of the pod leads to: none where it is a duplicate."""
    answered, _ = opened.deliver(entry(pod))
    return [str(line["kind"]) for line in answered.lines if line["event"] == "repull.verdict"]


def test_a_pod_with_a_secret_of_its_own_is_not_hidden_by_the_account_s_missing_grant() -> None:
    """Its event and its Event come with the next window, though the other pod's events come before its own."""
    with ward({"REPULL_MEMORY_SECONDS": f"{WINDOW}"}) as opened:
        first = opened.admit(node=LONE)
        second = opened.admit(node=LONE, **names("key"))
        assert diagnoses(opened, first) == ["GRANT_MISSING"]
        assert diagnoses(opened, second) == []
        assert opened.said_about(second) == []

        deadline = time.monotonic() + WINDOW + 90
        while diagnoses(opened, first) != ["GRANT_MISSING"]:
            assert time.monotonic() < deadline, "the other pod is not diagnosed again"
        assert diagnoses(opened, second) == ["PULL_SECRET_IN_USE"]

        while not opened.said_about(second):  # one Event that is not answered in time silences others for a minute
            assert time.monotonic() < deadline + 90, "there is no Event on the pod"
            diagnoses(opened, second)
        (said,) = opened.said_about(second)
        assert said["message"].startswith("PULL_SECRET_IN_USE: ")
        assert opened.refreshes() == []
