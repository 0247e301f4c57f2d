"""What Google's provider and its APIs take, beyond what a schema says: names, enumerations, limits.

The provider that stands in for the real one knows only the schema: what is beyond it would be found by the first apply.
The rules are those of the provider's validators and of the pages of the APIs, as rows.
"""

import base64
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.infra.rendered import render

Rule = Callable[[Any], bool]


def text(pattern: str) -> Rule:
    return lambda value: re.fullmatch(pattern, value) is not None


def one_of(*values: str) -> Rule:
    return lambda value: value in values


def between(least: int, most: int) -> Rule:
    return lambda value: least <= int(value) <= most


def at_most(length: int) -> Rule:
    return lambda value: 0 < len(value) <= length


def seconds(least: int, most: int, *, step: int = 1) -> Rule:
    """As "60s"."""
    return lambda value: (
        re.fullmatch(r"\d+s", value) is not None and least <= int(value[:-1]) <= most and int(value[:-1]) % step == 0
    )


def in_base64(value: str) -> bool:
    return base64.b64encode(base64.b64decode(value, validate=True)).decode() == value


def selects_a_metric(value: str) -> bool:
    """Cloud Monitoring wants to know both, and takes AND between them."""
    return all(f"{each}.type=" in value for each in ("resource", "metric"))


def is_a_mosaic(value: str) -> bool:
    """No tile is out of the grid, and none lies on another."""
    layout = json.loads(value)["mosaicLayout"]
    taken = [
        (each.get("xPos", 0) + x, each.get("yPos", 0) + y)
        for each in layout["tiles"]
        for x in range(each["width"])
        for y in range(each["height"])
    ]
    return (
        1 <= layout["columns"] <= 48 and max(x for x, _ in taken) < layout["columns"] and len(set(taken)) == len(taken)
    )


PUBSUB = text(r"(?!goog)[A-Za-z][\w.~+%-]{2,254}")
CUSTOM_ROLE = text(r"[a-zA-Z0-9_.]{3,64}")
MINUTES = seconds(60, 90000, step=60)
FILTER = at_most(20000)
ALERT = "google_monitoring_alert_policy.conditions"
FUNCTION = "google_cloudfunctions2_function"
RULES: dict[str, Rule] = {
    "google_service_account.account_id": text(r"[a-z][-a-z0-9]{4,28}[a-z0-9]"),
    "google_service_account.display_name": at_most(100),
    "google_project_iam_custom_role.role_id": CUSTOM_ROLE,
    "google_project_iam_custom_role.title": at_most(100),
    "google_organization_iam_custom_role.role_id": CUSTOM_ROLE,
    "google_project_iam_member.condition.title": at_most(100),
    "google_project_iam_audit_config.audit_log_config.log_type": one_of("ADMIN_READ", "DATA_READ", "DATA_WRITE"),
    "google_pubsub_topic.name": PUBSUB,
    "google_pubsub_subscription.name": PUBSUB,
    "google_pubsub_subscription.ack_deadline_seconds": between(10, 600),
    "google_pubsub_subscription.message_retention_duration": seconds(600, 31 * 86400),
    "google_pubsub_subscription.retry_policy.minimum_backoff": seconds(0, 600),
    "google_pubsub_subscription.retry_policy.maximum_backoff": seconds(0, 600),
    "google_pubsub_subscription.dead_letter_policy.max_delivery_attempts": between(5, 100),
    "google_logging_project_sink.name": text(r"[A-Za-z0-9_.-]{1,100}"),
    "google_logging_project_sink.filter": FILTER,
    "google_logging_project_bucket_config.bucket_id": text(r"[A-Za-z0-9_-]{1,100}"),
    "google_logging_project_bucket_config.retention_days": between(1, 3650),
    "google_logging_log_view.name": text(r"[A-Za-z0-9_-]{1,100}"),
    "google_logging_log_view.filter": text(r'SOURCE\("projects/[a-z0-9-]+"\)'),
    "google_logging_metric.name": text(r"[A-Za-z0-9_.,+!*',()%-][A-Za-z0-9_.,+!*',()%/-]{0,99}"),
    "google_logging_metric.filter": FILTER,
    "google_logging_metric.label_extractors": lambda value: all(
        re.fullmatch(r"[a-z]\w{0,99}", name) and re.fullmatch(r"EXTRACT\(\w+(\.\w+)*\)", how)
        for name, how in value.items()
    ),
    "google_logging_metric.metric_descriptor.metric_kind": one_of("DELTA"),
    "google_logging_metric.metric_descriptor.value_type": one_of("INT64", "DISTRIBUTION"),
    "google_logging_metric.metric_descriptor.labels.value_type": one_of("BOOL", "INT64", "STRING"),
    "google_monitoring_alert_policy.combiner": one_of("AND", "OR", "AND_WITH_MATCHING_RESOURCE"),
    "google_monitoring_alert_policy.severity": one_of("CRITICAL", "ERROR", "WARNING"),
    "google_monitoring_alert_policy.alert_strategy.auto_close": seconds(1800, 7 * 86400),
    "google_monitoring_alert_policy.alert_strategy.notification_rate_limit.period": seconds(300, 172800),
    "google_monitoring_alert_policy.documentation.mime_type": one_of("text/markdown"),
    "google_monitoring_alert_policy.documentation.content": at_most(8192),
    f"{ALERT}.condition_matched_log.filter": FILTER,
    f"{ALERT}.condition_threshold.filter": selects_a_metric,
    f"{ALERT}.condition_threshold.duration": seconds(0, 84600, step=60),
    f"{ALERT}.condition_threshold.comparison": one_of("COMPARISON_GT", "COMPARISON_LT"),
    f"{ALERT}.condition_threshold.aggregations.alignment_period": MINUTES,
    f"{ALERT}.condition_threshold.aggregations.per_series_aligner": one_of("ALIGN_MAX"),  # of a gauge
    f"{ALERT}.condition_absent.filter": selects_a_metric,
    f"{ALERT}.condition_absent.duration": seconds(180, 84600, step=60),
    f"{ALERT}.condition_absent.aggregations.alignment_period": MINUTES,
    f"{ALERT}.condition_absent.aggregations.per_series_aligner": one_of("ALIGN_DELTA", "ALIGN_RATE"),  # of a counter
    f"{ALERT}.condition_absent.aggregations.cross_series_reducer": one_of("REDUCE_SUM"),
    f"{ALERT}.condition_prometheus_query_language.duration": seconds(0, 84600),
    f"{ALERT}.condition_prometheus_query_language.evaluation_interval": seconds(30, 84600, step=30),
    "google_monitoring_dashboard.dashboard_json": is_a_mosaic,
    "google_cloud_scheduler_job.name": text(r"[A-Za-z0-9_-]{1,500}"),
    "google_cloud_scheduler_job.attempt_deadline": seconds(15, 1800),
    "google_cloud_scheduler_job.retry_config.retry_count": between(0, 5),
    "google_cloud_scheduler_job.http_target.http_method": one_of("POST"),
    "google_cloud_scheduler_job.http_target.body": in_base64,
    f"{FUNCTION}.name": text(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?"),
    f"{FUNCTION}.build_config.entry_point": text(r"[a-z_]+"),
    f"{FUNCTION}.service_config.available_memory": text(r"\d+(M|G|Mi|Gi)"),
    f"{FUNCTION}.service_config.available_cpu": one_of("1", "2", "4", "8"),  # less serves one request at a time
    f"{FUNCTION}.service_config.max_instance_request_concurrency": between(1, 1000),
    f"{FUNCTION}.service_config.max_instance_count": between(1, 100),
    f"{FUNCTION}.service_config.timeout_seconds": between(1, 3600),
    f"{FUNCTION}.service_config.ingress_settings": one_of("ALLOW_INTERNAL_ONLY", "ALLOW_INTERNAL_AND_GCLB"),
    "google_storage_bucket.name": text(r"[a-z0-9][a-z0-9_.-]{1,61}[a-z0-9]"),
    "google_storage_bucket.public_access_prevention": one_of("enforced"),
    "google_storage_bucket.lifecycle_rule.condition.with_state": one_of("LIVE", "ARCHIVED", "ANY"),
    "google_artifact_registry_repository.repository_id": text(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?"),
    "google_artifact_registry_repository.format": one_of("DOCKER"),
    "google_artifact_registry_repository.cleanup_policies.id": text(r"[a-z][a-z0-9-]{0,127}"),
    "google_artifact_registry_repository.cleanup_policies.action": one_of("KEEP", "DELETE"),
    "google_artifact_registry_repository.cleanup_policies.condition.older_than": seconds(86400, 3650 * 86400),
}
"""By the resource's type and the argument's path; every block that stands in it is gone through."""


@pytest.mark.parametrize("where", RULES)
def test_google_takes_it(where: str) -> None:
    kind, *path = where.split(".")
    found = [value for each in render().resources if each["type"] == kind for value in values(each["values"], path)]

    assert found
    assert [value for value in found if not RULES[where](value)] == []


def values(within: Any, path: list[str]) -> Iterator[Any]:
    """All that is set at this path."""
    if isinstance(within, list):
        for each in within:
            yield from values(each, path)
    elif within is not None and not path:
        yield within
    elif within is not None:
        yield from values(within[path[0]], path[1:])


def test_every_log_alert_says_how_often_it_may_tell() -> None:
    """The API refuses one that doesn't, and any other that does."""
    policies = [each["values"] for each in render().resources if each["type"] == "google_monitoring_alert_policy"]
    of_logs = [each for each in policies if each["conditions"][0]["condition_matched_log"]]

    assert of_logs
    assert all(each["alert_strategy"][0]["notification_rate_limit"] for each in of_logs)
    assert all(len(each["conditions"]) == 1 for each in of_logs)
    assert [each["display_name"] for each in policies if each not in of_logs and each["alert_strategy"]] == []
