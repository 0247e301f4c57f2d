"""What people see of a verdict."""

from datetime import timedelta

from functions.model.verdict import VerdictKind
from functions.ports import Access, AccessAnswer, ImageAnswer, Presence
from tests.unit import make
from tests.unit.diagnosing import DENIED, World, failure
from tests.unit.make import ACCOUNT, T0
from tests.unit.pulling import patient


def test_a_verdict_tells_everything() -> None:
    said = patient().verdict()
    assert [check["check"] for check in said["checks"]] == [
        "message", "pod", "identity", "registry", "supported", "machine", "scopes", "image", "access", "node", "time",
    ]  # fmt: skip
    assert {check["mark"] for check in said["checks"]} == {"✅"}
    assert all(check["evidence"] for check in said["checks"])
    assert {check["at"] for check in said["checks"]} == {T0.isoformat()}
    assert said["account"] == ACCOUNT
    assert "n1" in said["advice"]


def test_what_was_read_for_an_earlier_diagnosis_says_when() -> None:
    """The machine's account and scopes are remembered for as long as a verdict."""
    world = World(image=ImageAnswer(presence=Presence.UNKNOWN, evidence="503"))
    world.verdict()
    world.later(60)
    said = world.verdict()
    ages = {check["check"]: check["at"] for check in said["checks"]}
    assert {name for name, at in ages.items() if at == T0.isoformat()} == {"machine", "scopes"}
    assert {at for name, at in ages.items() if name not in ("machine", "scopes")} == {
        (T0 + timedelta(seconds=60)).isoformat()
    }


def test_the_advice_for_a_missing_grant_is_the_command_that_grants_it() -> None:
    said = World(access=AccessAnswer(access=Access.DENIED, evidence="CANNOT_ACCESS")).verdict()
    assert (
        "gcloud artifacts repositories add-iam-policy-binding apps --project=acme-prod --location=us-central1 "
        f"--role=roles/artifactregistry.reader --member=serviceAccount:{ACCOUNT}"
    ) in said["advice"]


def test_an_image_that_is_no_reference_is_corrected_and_not_cured() -> None:
    world = World(pods=[make.failing("p1", message=DENIED, image="Not An Image")])
    assert world.kind(failure(message="Error: ErrImagePull")) is VerdictKind.NOT_A_CREDENTIAL
