"""What Terraform would make for three clusters in two projects, with all options: every resource with its values."""

import functools
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.check.terraform import copied

INFRA = Path(__file__).parents[2] / "infra"

CLUSTERS = (
    ("acme-prod", "us-central1", "main"),
    ("acme-prod", "us-central1-a", "batch"),
    ("acme-stage", "europe-west4", "main"),
)

_OVERRIDES = "".join(
    f"""
override_resource {{
  target = google_pubsub_topic.{name}["{account}"]
  values = {{ id = "projects/acme-ops/topics/{topic}" }}
}}
"""
    for account, topic in (("diagnose", "image-pull-events"), ("refresh", "node-refresh"))
    for name, topic in (("topic", topic), ("dead_letters", f"{topic}-dead-letters"))
)
"""A mocked provider makes names up; these are read by the product."""

_RUN = f"""
mock_provider "google" {{
  source = "./tests/google"
}}
{_OVERRIDES}
variables {{
  project_id = "acme-ops"
  region     = "europe-west4"
  clusters   = {json.dumps([{"project": project, "location": at, "name": name} for project, at, name in CLUSTERS])}

  mode                   = "remediate"
  method                 = "StopStart"
  organization_id        = "42"
  repositories           = ["projects/acme-images/locations/us-central1/repositories/apps", "projects/acme-stage"]
  impersonate            = [{{ email = "gke-nodes@acme-prod.iam.gserviceaccount.com", project = "acme-prod" }}]
  pull_secret_namespaces = ["shop"]
  read_audit_log         = true

  settings = {{
    allow_stop_start = "on"
    max_unavailable  = "10%"
    windows          = "Mon-Fri 22:00-05:00, Sat,Sun 00:00-24:00"
    freezes          = "2026-12-20..2027-01-03"
    time_zone        = "Europe/Berlin"
    cooldown_seconds = 3600
  }}

  source_archive = "tests/source.zip"
  source_sha256  = filesha256("tests/source.zip")
}}

run "everything" {{}}
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendered:
    """The resources of a state, as `terraform show -json` has them."""

    resources: tuple[dict[str, Any], ...]

    def each(self, kind: str, name: str) -> dict[str | None, dict[str, Any]]:
        """All instances of a resource, by their keys; by None where it has but one."""
        return {
            each.get("index"): each["values"]
            for each in self.resources
            if each["type"] == kind and each["name"] == name
        }

    def one(self, kind: str, name: str, key: str | None = None) -> dict[str, Any]:
        return self.each(kind, name)[key]


@functools.cache  # several modules ask, and Terraform takes seconds
def render() -> Rendered:
    """Ask Terraform once."""
    with copied(INFRA, "terraform", lambda _: None, registry=False) as copy:
        (copy.folder / "tests" / "rendered.tftest.hcl").write_text(_RUN)
        command = copy.command("test", "-json", "-verbose", "-filter=tests/rendered.tftest.hcl")
        done = subprocess.run(command, env=copy.environment, check=False, capture_output=True, text=True)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    (state,) = [each["test_state"] for each in told if each["type"] == "test_state"] or [None]
    assert state, done.stdout + done.stderr
    return Rendered(resources=tuple(state["root_module"]["resources"]))
