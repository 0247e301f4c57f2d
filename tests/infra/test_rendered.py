"""What Terraform tells the functions, and what it publishes to them, is what they understand."""

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest

from functions import events
from functions.messages.steps import Sweep, parse_step
from functions.model.names import ClusterKey
from functions.model.refresh import Method
from functions.settings import Mode, Settings, read_settings
from sandbox.loggingquery import Query
from tests.infra.rendered import CLUSTERS, render

LOG = "projects/acme-ops/logs"
KEYS = {ClusterKey(project=project, location=at, name=name) for project, at, name in CLUSTERS}


def environment(account: str) -> Mapping[str, str]:
    function = render().one("google_cloudfunctions2_function", "function", account)
    told: Mapping[str, str] = function["service_config"][0]["environment_variables"]
    return told


def settings(account: str) -> Settings:
    """As the function reads them where it is deployed."""
    return read_settings({**environment(account), "K_SERVICE": "on-cloud-run"})


@pytest.mark.parametrize("account", ["diagnose", "refresh"])
def test_a_deployed_function_accepts_what_it_is_told(account: str) -> None:
    told = settings(account)

    assert set(told.clusters) == KEYS
    assert (told.mode, told.method, told.max_unavailable) == (Mode.REMEDIATE, Method.STOP_START, "10%")
    assert (len(told.windows), len(told.freezes), str(told.time_zone)) == (2, 1, "Europe/Berlin")
    assert told.cooldown_seconds == 3600
    assert told.step_topic == "projects/acme-ops/topics/node-refresh"


def test_only_the_diagnosis_is_told_what_only_it_may_read() -> None:
    assert settings("diagnose").impersonate == ("gke-nodes@acme-prod.iam.gserviceaccount.com",)
    assert settings("diagnose").read_pull_secrets == ("shop",)
    assert settings("refresh").impersonate == settings("refresh").read_pull_secrets == ()


def test_each_function_keeps_what_it_rejects_apart() -> None:
    assert settings("diagnose").dead_letter_topic == "projects/acme-ops/topics/image-pull-events-dead-letters"
    assert settings("refresh").dead_letter_topic == "projects/acme-ops/topics/node-refresh-dead-letters"


def test_the_sweeps_are_understood_and_are_one_for_each_cluster() -> None:
    swept: list[ClusterKey] = []
    for job in render().each("google_cloud_scheduler_job", "sweep").values():
        published = json.loads(base64.b64decode(job["http_target"][0]["body"]))
        (message,) = published["messages"]
        step = parse_step(json.loads(base64.b64decode(message["data"])), settings("refresh").clusters)
        assert isinstance(step, Sweep)
        swept += step.clusters

    assert set(swept) == KEYS
    assert len(swept) == len(KEYS)


def test_a_sweep_is_published_where_steps_are_read() -> None:
    for job in render().each("google_cloud_scheduler_job", "sweep").values():
        assert (
            job["http_target"][0]["uri"] == f"https://pubsub.googleapis.com/v1/{settings('refresh').step_topic}:publish"
        )


def test_each_function_is_the_entry_point_of_its_own_subscription() -> None:
    functions: dict[str | None, dict[str, Any]] = render().each("google_cloudfunctions2_function", "function")
    for account, subscription in render().each("google_pubsub_subscription", "push").items():
        uri = functions[account]["service_config"][0]["uri"]
        assert uri
        assert subscription["push_config"][0]["push_endpoint"] == uri
        assert subscription["push_config"][0]["oidc_token"][0]["audience"] == uri
    assert len({each["service_config"][0]["uri"] for each in functions.values()}) == 2


def said(event: str, service: str = "on-refresh-step", **payload: Any) -> dict[str, Any]:
    """A line of the audit trail, as Cloud Logging has it."""
    return {
        "logName": f"{LOG}/run.googleapis.com%2Fstdout",
        "resource": {"type": "cloud_run_revision", "labels": {"project_id": "acme-ops", "service_name": service}},
        "jsonPayload": {"event": event, "message": "", **payload},
    }


def minted(account: str) -> dict[str, Any]:
    """IAM's entry for a token of a service account."""
    return {
        "logName": f"{LOG}/cloudaudit.googleapis.com%2Fdata_access",
        "resource": {"type": "service_account", "labels": {"email_id": account}},
        "protoPayload": {"serviceName": "iamcredentials.googleapis.com", "methodName": "GenerateAccessToken"},
    }


def changed(topic: str) -> dict[str, Any]:
    return {
        "logName": f"{LOG}/cloudaudit.googleapis.com%2Factivity",
        "resource": {"type": "pubsub_topic", "labels": {"topic_id": f"projects/acme-ops/topics/{topic}"}},
        "protoPayload": {
            "serviceName": "pubsub.googleapis.com",
            "methodName": "google.iam.v1.IAMPolicy.SetIamPolicy",
            "resourceName": f"projects/acme-ops/topics/{topic}",
        },
    }


def test_the_audit_trail_keeps_what_was_decided_and_who_asked() -> None:
    trail = Query.parse(render().one("google_logging_project_sink", "audit")["filter"])
    operator = render().one("google_service_account", "operator")["email"]

    assert trail.matches(said(events.VERDICT, "on-pull-event"))
    assert trail.matches(said(events.RESET))
    assert trail.matches(minted(operator))
    assert trail.matches(changed("node-refresh"))
    assert trail.matches(changed("image-pull-events-dead-letters"))


def test_the_audit_trail_keeps_nothing_of_others() -> None:
    trail = Query.parse(render().one("google_logging_project_sink", "audit")["filter"])

    assert not trail.matches(said(events.RESET, "another-service"))
    assert not trail.matches(said("shop.sold"))
    assert not trail.matches(minted("shop@acme-ops.iam.gserviceaccount.com"))
    assert not trail.matches(changed("orders"))


@pytest.mark.parametrize(
    "metric, counted, other",
    [
        ("events", said(events.RENEWED), said(events.RENEWED, "another-service")),
        ("verdicts", said(events.VERDICT, "on-pull-event"), said(events.DUPLICATE, "on-pull-event")),
        ("refreshes", said(events.REFRESH_ENDED), said(events.REFRESH_STARTED)),
        (
            "revivals",
            said(events.SWEPT, message="set slot 0 of r1 going again"),
            said(events.SWEPT, message="gives back the lease that r1 has left"),
        ),
    ],
)
def test_a_metric_counts_its_own_lines(metric: str, counted: dict[str, Any], other: dict[str, Any]) -> None:
    query = Query.parse(render().one("google_logging_metric", "metric", metric)["filter"])

    assert query.matches(counted)
    assert not query.matches(other)


@pytest.mark.parametrize(
    "alert, told",
    [
        ("refresh_failed", said(events.REFRESH_ENDED, phase="Failed")),
        ("node_left_cordoned", said(events.NODE_FAILED, message="node n1 stays cordoned (when …)")),
        ("breaker_open", said(events.BREAKER_TRIPPED)),
    ],
)
def test_an_alert_hears_its_own_line_from_the_functions_alone(alert: str, told: dict[str, Any]) -> None:
    policy = render().one("google_monitoring_alert_policy", "line", alert)
    query = Query.parse(policy["conditions"][0]["condition_matched_log"][0]["filter"])

    assert query.matches(told)
    assert not query.matches(told | {"resource": said("", "another-service")["resource"]})
