"""The provider of ours lets pass what the real one's schema lets pass, and nothing else; and it makes nothing."""

import json
import subprocess
from typing import Any

import pytest

from infra.check import substitute
from infra.check.terraform import Copy
from tests.infra.conftest import HEAD, Made

TOPIC = """
resource "google_pubsub_topic" "events" {
  name    = "events"
  project = "acme"
}
"""
SUBSCRIPTION = """
resource "google_pubsub_subscription" "push" {
  name                 = "push"
  topic                = google_pubsub_topic.events.id
  ack_deadline_seconds = 600
  push_config {
    push_endpoint = "https://example.com"
  }
}
"""
GOOD = TOPIC + SUBSCRIPTION
FUNCTION = """
resource "google_cloudfunctions2_function" "diagnose" {
  name     = "on-pull-event"
  location = "us-central1"
  service_config {
    timeout_seconds = 60
  }
}
"""
ACCOUNT = """
data "google_project" "acme" {
  project_id = "acme"
}

output "account" {
  value = "service-${data.google_project.acme.number}@example.com"
}
"""


@pytest.fixture(scope="module")
def copy(made: Made) -> Copy:
    return made(GOOD)


def run(copy: Copy, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(copy.command(*arguments), env=copy.environment, check=False, capture_output=True, text=True)


def written(copy: Copy, main: str) -> None:
    """The same configuration with another text."""
    (copy.folder / "main.tf").write_text(HEAD + main)


def validated(copy: Copy) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run(copy, "validate", "-json").stdout)
    return found


def test_it_says_whose_schema_it_has(copy: Copy) -> None:
    assert copy.provider.startswith(
        f"one that has the schema of hashicorp/google {substitute.version()} and nothing more"
    )


def test_what_the_schema_allows_is_valid(copy: Copy) -> None:
    written(copy, GOOD)

    assert validated(copy) == {
        "format_version": "1.0",
        "valid": True,
        "error_count": 0,
        "warning_count": 0,
        "diagnostics": [],
    }


@pytest.mark.parametrize(
    "right, wrong, said",
    [
        ("name                 =", "nam                  =", 'An argument named "nam" is not expected here'),
        ("ack_deadline_seconds = 600", 'ack_deadline_seconds = "long"', "a number is required"),
        ("  name                 = ", '  id_                  = "x" # ', 'The argument "name" is required'),
        ("push_config {", "push {", 'Blocks of type "push" are not expected here'),
        ("push_endpoint =", "attributes    = {} #", 'The argument "push_endpoint" is required'),
        ("push_config {\n", 'push_config {\n  push_endpoint = "x"\n}\npush_config {\n', 'No more than 1 "push_config"'),
        ("google_pubsub_subscription", "google_pubsub_subscriptions", "does not support resource type"),
        (
            "google_pubsub_topic.events.id",
            "google_pubsub_topic.events.ids",
            "has no argument, nested block, or exported",
        ),
        ("ack_deadline_seconds = 600", "terraform_labels     = {}", 'Can\'t configure a value for "terraform_labels"'),
    ],
)
def test_what_it_does_not_is_refused(copy: Copy, right: str, wrong: str, said: str) -> None:
    assert right in SUBSCRIPTION
    written(copy, TOPIC + SUBSCRIPTION.replace(right, wrong, 1))

    found = validated(copy)

    assert not found["valid"]
    assert said in " ".join(f"{each['summary']}: {each['detail']}" for each in found["diagnostics"])


def test_what_google_decides_is_refused_inside_a_block_too(copy: Copy) -> None:
    written(copy, FUNCTION.replace("timeout_seconds = 60", 'uri = "https://example.com"'))

    (found,) = validated(copy)["diagnostics"]

    assert 'Can\'t configure a value for "uri"' in found["detail"]
    assert found["snippet"]["code"].strip() == 'uri = "https://example.com"'


def test_what_google_fills_in_is_known_after_the_apply(copy: Copy) -> None:
    written(copy, GOOD + FUNCTION)
    assert run(copy, "plan", "-out=plan").returncode == 0

    changes = json.loads(run(copy, "show", "-json", "plan").stdout)["resource_changes"]

    of = {each["type"]: each["change"] for each in changes}
    push = of["google_pubsub_subscription"]
    assert push["after"]["ack_deadline_seconds"] == 600
    assert push["after"]["filter"] is None
    assert push["after_unknown"]["id"]
    assert push["after_unknown"]["topic"], "of a topic that is not there yet"
    assert "name" not in push["after_unknown"]
    service = of["google_cloudfunctions2_function"]["after_unknown"]["service_config"][0]
    assert service["uri"]
    assert "timeout_seconds" not in service


def test_it_makes_nothing(copy: Copy) -> None:
    written(copy, GOOD)

    applied = run(copy, "apply", "-auto-approve", "-no-color")

    assert applied.returncode == 1
    assert "This provider can't create, change or destroy google_pubsub_topic" in applied.stderr


def test_it_reads_nothing(copy: Copy) -> None:
    written(copy, ACCOUNT)

    planned = run(copy, "plan", "-no-color")

    assert planned.returncode == 1
    assert "This provider can't read google_project" in planned.stderr


def test_a_mocked_one_plans_applies_and_reads(made: Made) -> None:
    story = """
    mock_provider "google" {
      mock_data "google_project" {
        defaults = { number = "42" }
      }
    }

    run "it" {
      assert {
        condition     = output.account == "service-42@example.com"
        error_message = "the account is of another project"
      }
      assert {
        condition     = google_pubsub_subscription.push.topic == google_pubsub_topic.events.id
        error_message = "the subscription is of another topic"
      }
    }
    """
    right, wrong = (
        made(GOOD + ACCOUNT, story=story),
        made(GOOD + ACCOUNT, story=story.replace("service-42", "service-43")),
    )

    assert run(right, "test").returncode == 0
    assert run(wrong, "test").returncode == 1
