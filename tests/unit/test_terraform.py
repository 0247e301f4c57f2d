"""What infra/terraform says about the code is what the code says."""

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from functions import events
from functions.model.refresh import Method, Phase, RefreshPhase
from functions.model.verdict import VerdictKind
from functions.phases.unproven import unproven
from functions.settings import ACCEPTED, PARSERS, Settings
from sandbox import deployment
from sandbox.loggingquery import Query
from tests.unit.renewing import Machine

TERRAFORM = Path(__file__).parents[2] / "infra" / "terraform"
TEXT = "\n".join(path.read_text() for path in sorted(TERRAFORM.glob("*.tf")))
PERMISSIONS: dict[str, dict[str, list[str]]] = json.loads((TERRAFORM / "permissions.json").read_text())
SETTINGS: dict[str, dict[str, str]] = json.loads((TERRAFORM / "settings.json").read_text())
LINES = {
    name: Query.parse(json.loads(f'"{match}"'))
    for name, match in re.findall(r'(\w+) = \{\n +title .*\n +severity .*\n +match += "((?:[^"\\]|\\.)*)"', TEXT)
}
"""The alerts of which one line of the audit trail is enough."""

OWN_VARIABLES = {
    "clusters",
    "step_topic",
    "dead_letter_topic",
    "mode",
    "method",
    "impersonate",
    "read_pull_secrets",
    "read_audit_log",
}
"""Settings that Terraform has a variable for, or fills in: what goes with them is made or granted too."""

VALUES = (
    *("0", "1", "2.5", "9", "10", "50", "51", "99", "100", "101", "150", "151", "1%", "50%", "51%", "0%", "-1", ""),
    *("0.09", "0.1", "2.9", "3", "003.5", "539.9", "540", "540.0", "540.5", "541", "600"),
    *("0.0", "00.05", "0.5", "99999999.5", "100000000", "1000000000000"),
    *("on", "off", "true", "yes", "forbid", "ask", "allow", "Ask", "never", "1 2", "ten"),
    *("warn", "refuse", "canary"),
    *("Mon-Fri 22:00-05:00", "Mon-Fri 22:00-05:00, Sat,Sun 00:00-24:00", "Sun 01:00-02:00"),
    *("Mo-Fr 22:00-05:00", "22:00-05:00", "Mon-Fri", "Mon 22:00", "Mon 22:00-05:00 Tue"),
    *("2026-12-20..2027-01-03", "2026-12-23T18:00..2026-12-27T06:00, 2027-04-01..2027-04-02", "2026-12-20", "Xmas"),
    *("UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5", "Europe Berlin", "/etc/passwd"),
)


def accepts(name: str, value: str) -> bool:
    try:
        PARSERS[name](value)
    except ValueError:
        return False
    return True


def audited(event: str, message: str = "", **payload: Any) -> dict[str, Any]:
    return {"jsonPayload": {"event": event, "message": message, **payload}}


def test_every_setting_can_be_set_and_nothing_else() -> None:
    names = {field.name for field in fields(Settings) if not field.name.endswith("_endpoint")}
    assert set(SETTINGS) == names - OWN_VARIABLES


@pytest.mark.parametrize("name", SETTINGS)
def test_a_refusal_says_what_the_code_would_say(name: str) -> None:
    assert SETTINGS[name]["accepted"] == ACCEPTED[name]


@pytest.mark.parametrize("name", SETTINGS)
def test_a_plan_accepts_what_the_functions_accept(name: str) -> None:
    """A function that refuses its settings does not start; a plan that refuses them tells before."""
    planned = {value for value in VALUES if re.search(SETTINGS[name]["pattern"], value)}
    started = {value for value in VALUES if accepts(name, value)}
    if name == "time_zone":  # which names there are, the functions know
        planned = {value for value in planned if "/" in value or value == "UTC"}
    assert planned == started


def test_every_method_can_be_chosen() -> None:
    (listed,) = re.findall(r"contains\((\[.*\]), var\.method\)", TEXT)
    assert set(json.loads(listed)) == set(Method)


def test_an_operator_may_do_what_the_commands_need() -> None:
    """What a person's command asks of Google stands in docs/cli.md; Kubernetes asks the person."""
    rows = {
        cells[1].strip(" `"): cells[3]
        for line in (TERRAFORM.parents[1] / "docs/cli.md").read_text().splitlines()
        if len(cells := line.split("|")) == 5
    }
    asked = {*PERMISSIONS["operator"]["cluster"], *PERMISSIONS["operator"]["repository"]}
    assert set(re.findall(r"`([a-z]+\.\w+\.\w+)`", rows["start"])) == asked
    assert "roles/logging.viewer" in rows["audit"]
    assert PERMISSIONS["operator"]["trail"] == ["logging.logEntries.list"]
    assert "roles/pubsub.publisher" in rows["abort"]
    assert PERMISSIONS["operator"]["publish"] == ["pubsub.topics.publish"]


def test_the_sandbox_logs_under_the_names_of_the_functions() -> None:
    """`repull audit` shows them."""
    names = re.findall(r'name +=  *"(on-[a-z-]+)"\n +entry_point = "(\w+)"', TEXT)
    assert len(names) == 2
    assert all(deployment.service(target) == name for name, target in names)


def test_every_event_and_verdict_that_is_counted_exists() -> None:
    known = {value for name, value in vars(events).items() if name.isupper()}
    alternatives = {
        f"repull.{each}" for group in re.findall(r"repull\.\(([a-z_|]+)\)", TEXT) for each in group.split("|")
    }
    named = set(re.findall(r'event=\\"(repull\.\w+)', TEXT)) | alternatives
    assert len(named) > 10
    assert named <= known
    assert set(re.findall(r'kind=\\"(\w+)', TEXT)) <= set(VerdictKind)


def test_a_refresh_that_failed_is_told_and_one_that_ended_otherwise_is_not() -> None:
    told = {
        phase for phase in RefreshPhase if LINES["refresh_failed"].matches(audited(events.REFRESH_ENDED, phase=phase))
    }
    assert told == {RefreshPhase.FAILED}


def test_a_node_that_stays_cordoned_is_told_and_one_that_was_given_back_is_not() -> None:
    left = unproven(Machine().hold(Phase.VERIFY), "its probe was denied")
    assert LINES["node_left_cordoned"].matches(audited(events.NODE_FAILED, left.note))
    assert not LINES["node_left_cordoned"].matches(
        audited(events.GIVEN_BACK, "node n1: not renewed and given back: its drain did not end")
    )


def test_an_open_breaker_is_told() -> None:
    assert LINES["breaker_open"].matches(audited(events.BREAKER_TRIPPED))
    assert not LINES["breaker_open"].matches(audited(events.HELD))


def test_no_other_alert_waits_for_a_line() -> None:
    assert set(LINES) == {"refresh_failed", "node_left_cordoned", "breaker_open"}


def test_every_file_has_its_line_in_the_table() -> None:
    read_me = (TERRAFORM / "README.md").read_text()
    files = {path.name for path in TERRAFORM.glob("*") if path.suffix in (".tf", ".json")}
    named = {name for name in re.findall(r"\[([\w.]+)\]\(\1\)", read_me) if name in files}
    assert named == files - {"variables.tf", "outputs.tf", "versions.tf", "locals.tf"}


def test_every_variable_has_its_line_in_the_table() -> None:
    section = (TERRAFORM / "README.md").read_text().split("\n## What to choose\n")[1].split("\n## ")[0]
    named = {
        name
        for line in section.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`(\w+)`", line.split("|")[1])
    }
    assert named == set(re.findall(r'^variable "(\w+)"', TEXT, re.MULTILINE))
