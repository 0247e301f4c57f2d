"""What the node's account may do: by a token of its own, by IAM, and for how long."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.bystanders import WORKLOAD_ACCOUNT
from functions.duplicates import DiagnosisMemory
from functions.errors import Refused, RepullError, Retryable
from functions.model.cluster import ServiceAccount
from functions.model.google import GkeCluster, NodePool
from functions.model.policy import AllowPolicy, Binding
from functions.model.verdict import VerdictKind
from functions.ports import Access, AccessAnswer, ImageAnswer, Presence
from functions.settings import Mode, Settings, Switch
from tests.unit import make
from tests.unit.diagnosing import DENIED, SCOPES, SETTINGS, World, puller
from tests.unit.make import ACCOUNT, IMAGE, T0

TRUSTED = replace(SETTINGS, impersonate=(ACCOUNT,))
LOGGED = replace(SETTINGS, read_audit_log=Switch.ON)
REFUSED = ImageAnswer(presence=Presence.UNKNOWN, evidence="HEAD: 403", denied=True)
FORBIDDEN = AccessAnswer(access=Access.DENIED, evidence="denied", forbidden=True, denied_at="folders/7")
NOT_GRANTED = AccessAnswer(access=Access.DENIED, evidence="CANNOT_ACCESS")
HERE = AccessAnswer(access=Access.GRANTED, evidence="CAN_ACCESS", granted_at="projects/acme-prod")


def evidence(said: dict[str, Any], name: str) -> str:
    """Of the last line of this name."""
    found: str = [check["evidence"] for check in said["checks"] if check["check"] == name][-1]
    return found


class TestDenied:
    def test_what_a_deny_policy_forbids_no_grant_mends(self) -> None:
        said = World(access=FORBIDDEN).verdict()
        assert said["kind"] == "DENIED_BY_POLICY"
        assert "folders/7" in said["advice"]
        assert "granting more does not help" in said["advice"]
        assert "add-iam-policy-binding" not in said["advice"]

    def test_where_the_policy_stands_may_be_hidden(self) -> None:
        said = World(access=replace(FORBIDDEN, denied_at="")).verdict()
        assert f"projects/{IMAGE.path.partition('/')[0]}" in said["advice"]


class TestATokenOfItsOwn:
    def test_one_that_reads_the_manifest_proves_the_contrast_and_saves_the_other_questions(self) -> None:
        world = World(settings=TRUSTED)
        said = world.verdict()
        assert (said["kind"], said["contrast"]) == ("STALE_CREDENTIALS", "proven")
        assert f"a fresh token of {ACCOUNT} reads it" in said["contrast_evidence"]
        assert world.asked["registry.image with a token"] == world.asked["impersonation.token"] == 1
        assert not world.asked["registry.image"]
        assert not world.asked["iam.may_pull"]

    def test_one_that_is_refused_outweighs_what_nobody_knows(self) -> None:
        access = AccessAnswer(access=Access.UNKNOWN, evidence="UNKNOWN_INFO")
        said = World(settings=TRUSTED, tried=REFUSED, access=access).verdict()
        assert said["kind"] == "GRANT_MISSING"
        for part in ("HEAD: 403", "UNKNOWN_INFO"):
            assert part in evidence(said, "access")

    def test_why_it_is_refused_is_iams_to_say(self) -> None:
        said = World(settings=TRUSTED, tried=REFUSED, access=FORBIDDEN).verdict()
        assert said["kind"] == "DENIED_BY_POLICY"
        assert "folders/7" in said["advice"]

    def test_one_that_is_refused_although_it_was_granted_waits_and_blames_no_node(self) -> None:
        world = World(settings=TRUSTED, tried=REFUSED, access=HERE)
        assert world.kind() is VerdictKind.PROPAGATING
        world.later(601)
        said = world.verdict()
        assert said["kind"] == "UNKNOWN"
        assert "VPC Service Controls" in evidence(said, "access")
        assert not world.refreshes

    def test_not_even_where_somebody_else_pulled(self) -> None:
        world = World(settings=replace(TRUSTED, propagation_seconds=0), tried=REFUSED, access=HERE)
        world.pods.append(puller())
        assert world.kind() is VerdictKind.UNKNOWN

    @pytest.mark.parametrize("presence", [Presence.MISSING, Presence.WRONG_PLATFORM])
    def test_what_it_says_of_the_image_needs_no_second_question(self, presence: Presence) -> None:
        world = World(settings=TRUSTED, tried=ImageAnswer(presence=presence, evidence="404"))
        assert world.kind() in (VerdictKind.IMAGE_MISSING, VerdictKind.PLATFORM_MISMATCH)
        assert not world.asked["registry.image"]

    def test_an_answer_that_is_none_leaves_the_question_to_us(self) -> None:
        world = World(settings=TRUSTED, tried=ImageAnswer(presence=Presence.UNKNOWN, evidence="503"))
        assert world.kind() is VerdictKind.PROPAGATING
        assert world.asked["registry.image"] == world.asked["iam.may_pull"] == 1

    @pytest.mark.parametrize("error", [Refused("needs tokenCreator"), Retryable("503")])
    def test_one_that_is_not_to_be_had_leaves_the_question_to_us_and_says_so(self, error: Any) -> None:
        said = World(settings=TRUSTED, faults={"impersonation.token": error}).verdict()
        assert said["kind"] == "PROPAGATING"
        assert str(error) in evidence(said, "asked in vain")

    def test_of_an_account_that_is_not_named_none_is_asked_for(self) -> None:
        world = World(settings=replace(SETTINGS, impersonate=("other@acme-prod.iam.gserviceaccount.com",)))
        world.verdict()
        assert not world.asked["impersonation.token"]


class TestAge:
    def test_a_fresh_grant_is_waited_for_from_the_time_of_the_grant(self) -> None:
        world = World(settings=LOGGED, access=HERE, changed=T0 - timedelta(seconds=400))
        said = world.verdict()
        assert (said["kind"], said["retry_after"]) == ("PROPAGATING", T0 + timedelta(seconds=200))
        assert "the audit log tells of a change at" in evidence(said, "time")
        world.later(200)
        assert world.kind() is VerdictKind.STALE_CREDENTIALS

    def test_an_old_grant_waits_no_longer_than_the_log_may_be_late(self) -> None:
        world = World(settings=LOGGED, access=HERE)
        said = world.verdict()
        assert (said["kind"], said["retry_after"]) == ("PROPAGATING", T0 + timedelta(seconds=60))
        world.later(60)
        assert world.kind() is VerdictKind.STALE_CREDENTIALS

    def test_what_was_logged_late_is_waited_for_all_the_same(self) -> None:
        world = World(settings=LOGGED, access=HERE)
        world.verdict()
        world.later(60)
        world.changed = T0 - timedelta(seconds=20)
        said = world.verdict()
        assert (said["kind"], said["retry_after"]) == ("PROPAGATING", T0 + timedelta(seconds=580))

    def test_a_change_after_access_was_seen_to_hold_did_not_give_it(self) -> None:
        world = World(settings=replace(LOGGED, memory_seconds=0), access=HERE)
        world.verdict()
        world.later(500)
        world.changed = T0 + timedelta(seconds=490)
        assert world.verdict()["retry_after"] == T0 + timedelta(seconds=600)

    @pytest.mark.parametrize("denied", [NOT_GRANTED, FORBIDDEN], ids=["not granted", "denied by a policy"])
    def test_what_was_denied_before_our_eyes_was_given_lately_whatever_the_log_leaves_out(
        self, denied: AccessAnswer
    ) -> None:
        """A deny policy of a folder, or a grant through a group: no log that is read tells when they changed."""
        world = World(settings=replace(LOGGED, memory_seconds=0), access=denied)
        world.verdict()
        world.later(500)
        world.access = HERE
        assert world.verdict()["retry_after"] == T0 + timedelta(seconds=1100)
        world.later(599)
        assert world.kind() is VerdictKind.PROPAGATING
        world.later(1)
        assert world.kind() is VerdictKind.STALE_CREDENTIALS

    @pytest.mark.parametrize("granted_at", ["", "folders/7", "organizations/1"])
    def test_a_grant_from_above_is_in_no_log_that_is_read(self, granted_at: str) -> None:
        world = World(settings=LOGGED, access=replace(HERE, granted_at=granted_at))
        assert world.verdict()["retry_after"] == T0 + timedelta(seconds=600)
        assert not world.asked["grants.last_change"]

    @pytest.mark.parametrize("error", [Refused("needs logging.viewer"), Retryable("503")])
    def test_a_log_that_can_not_be_read_leaves_the_whole_wait_and_says_so(self, error: Any) -> None:
        said = World(settings=LOGGED, access=HERE, faults={"grants.last_change": error}).verdict()
        assert (said["kind"], said["retry_after"]) == ("PROPAGATING", T0 + timedelta(seconds=600))
        assert str(error) in evidence(said, "asked in vain")

    @pytest.mark.parametrize("settings", [SETTINGS, replace(LOGGED, propagation_seconds=0)])
    def test_the_log_is_not_read_in_vain(self, settings: Settings) -> None:
        world = World(settings=settings, access=HERE)
        world.verdict()
        assert not world.asked["grants.last_change"]


class TestAMachineThatMayNotBeRead:
    """Its pool says what to advise, and that is all: no node is renewed on a pool's word."""

    def world(self, **fields: Any) -> World:
        pool = NodePool(name="pool-1", service_account=ACCOUNT, scopes=SCOPES)
        faults: dict[str, RepullError] = {"instances.get": Refused("needs compute.instances.get")}
        settings = replace(SETTINGS, propagation_seconds=0)
        return World(settings=settings, gke=GkeCluster(pools=(pool,)), faults=faults, **fields)

    def test_the_missing_grant_is_still_found(self) -> None:
        said = self.world(access=NOT_GRANTED).verdict()
        assert (said["kind"], said["account"]) == ("GRANT_MISSING", ACCOUNT)

    def test_nothing_is_blamed_on_it(self) -> None:
        world = self.world(pods=[make.failing("p1", message=DENIED), puller()])
        said = world.verdict()
        assert said["kind"] == "UNKNOWN"
        assert "compute.instances.get" in evidence(said, "machine")
        assert not world.refreshes

    @pytest.mark.parametrize("pool", [{"service_account": "default"}, {"scopes": ()}], ids=["default", "no scopes"])
    def test_a_pool_that_does_not_tell_is_no_help(self, pool: dict[str, Any]) -> None:
        world = self.world(access=NOT_GRANTED)
        world.gke = GkeCluster(pools=(replace(world.gke.pools[0], **pool),))
        assert world.kind() is VerdictKind.UNKNOWN


class TestWhatItCosts:
    """Each question is one read outside, but for the image: an index that is not known yet costs two."""

    @pytest.mark.parametrize(
        "change",
        [
            {"access": NOT_GRANTED},
            {"settings": replace(SETTINGS, propagation_seconds=0)},
            {"settings": TRUSTED},
            {"pods": [make.failing("p1", message=DENIED), puller(), puller("another")]},
            {"image": ImageAnswer(presence=Presence.MISSING, evidence="404")},
        ],
        ids=["not granted", "eliminated", "proven", "pulled elsewhere", "missing"],
    )
    def test_a_process_that_knows_the_machine_needs_five_questions_at_most(self, change: dict[str, Any]) -> None:
        world = World(accounts={"default": ServiceAccount(namespace="prod-app", name="default")}, **change)
        world.settings = replace(world.settings, mode=Mode.OBSERVE)
        kind = world.kind()
        facts, world.memory = world.memory.facts, DiagnosisMemory()
        world.memory.facts = facts
        world.asked.clear()
        assert world.kind() is kind
        assert not world.asked["instances.get"] + world.asked["workloads.service_account"]
        free = ("gke.cluster", "outbox.publish_step")  # remembered, and asked after the diagnosis
        assert sum(count for name, count in world.asked.items() if name not in free) <= 5

    def test_facts_are_forgotten_again(self) -> None:
        world = World(settings=replace(SETTINGS, mode=Mode.OBSERVE))
        world.verdict()
        world.later(601)
        world.verdict()
        assert world.asked["instances.get"] == 2


def test_lines_that_decide_nothing_stand_before_the_check_that_does() -> None:
    workload = "worker@acme-prod.iam.gserviceaccount.com"
    reader = Binding(role="roles/artifactregistry.reader", members=frozenset({f"serviceAccount:{workload}"}))
    access = replace(NOT_GRANTED, policies=(AllowPolicy(resource="projects/acme-prod", bindings=(reader,)),))
    account = ServiceAccount(namespace="prod-app", name="default", annotations={WORKLOAD_ACCOUNT: workload})
    world = World(access=access, accounts={"default": account})
    said = world.verdict()
    assert said["kind"] == "GRANT_MISSING"
    assert [(check["check"], check["mark"]) for check in said["checks"]][-2:] == [("workload", "ℹ"), ("access", "❌")]
    assert f"may read the repository ({reader.role}" in evidence(said, "workload")
    assert said["message"].endswith("CANNOT_ACCESS")
