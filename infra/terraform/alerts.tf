# Of some lines of the audit trail one is enough; dead letters must be looked at; some things must not be so too often; and
# something must always move.
# Each names the section of docs/runbook.md that says what to do.

locals {
  # One line is enough.
  _lines = {
    refresh_failed = {
      title    = "repull: a refresh failed"
      severity = "ERROR"
      match    = "jsonPayload.event=\"repull.refresh_ended\" AND jsonPayload.phase=\"Failed\""
      labels   = ["cluster", "refresh"]
      section  = "a-refresh-failed"
      says     = "Refresh $${log.extracted_label.refresh} of cluster $${log.extracted_label.cluster} failed, and no further node is taken. `kubectl describe noderefresh $${log.extracted_label.refresh}` says why."
    }
    node_left_cordoned = {
      title    = "repull: a node stays cordoned"
      severity = "CRITICAL"
      match    = "jsonPayload.event=\"repull.node_failed\" AND jsonPayload.message:\"stays cordoned\""
      labels   = ["cluster", "refresh", "node"]
      section  = "a-node-stays-cordoned"
      says     = "Node $${log.extracted_label.node} of cluster $${log.extracted_label.cluster} was renewed, and nothing proves that it can pull; it is empty and stays cordoned. When it is well again: `kubectl uncordon $${log.extracted_label.node}`."
    }
    breaker_open = {
      title    = "repull: the circuit breaker is open"
      severity = "CRITICAL"
      match    = "jsonPayload.event=\"repull.breaker_tripped\""
      labels   = ["cluster", "refresh"]
      section  = "the-circuit-breaker-is-open"
      says     = "Too many machines of cluster $${log.extracted_label.cluster} were renewed within an hour, and none is until somebody has looked. `repull status` says how many and why."
    }
  }

  # What is counted in metrics.tf. A policy takes one query, and no other condition beside it.
  _queries = {
    unknown = {
      title     = "repull: the diagnosis can't tell too often"
      severity  = "WARNING"
      condition = "More than half of an hour's verdicts, and more than four, are UNKNOWN"
      query     = "${local._unknown} > 4 and ${local._unknown} / ${local._verdicts} > 0.5"
      section   = "the-diagnosis-cannot-tell"
      says      = "A permission is missing, or a Google API does not answer: `gcloud logging read 'jsonPayload.event=\"repull.verdict\" AND jsonPayload.kind=\"UNKNOWN\"' --project=${var.project_id} --freshness=1h --limit=5` names the check that could not be made."
    }
    step_dies = {
      title     = "repull: a step dies again and again"
      severity  = "ERROR"
      condition = "The sweep has set the same slot going three times within an hour"
      query     = "sum by (cluster, slot) (increase(logging_googleapis_com:user_repull_revivals{monitored_resource=\"cloud_run_revision\"}[1h])) > 2"
      section   = "a-refresh-does-not-move"
      says      = local._complaints
    }
  }
  _verdicts   = "sum(increase(logging_googleapis_com:user_repull_verdicts{monitored_resource=\"cloud_run_revision\"}[1h]))"
  _unknown    = "sum(increase(logging_googleapis_com:user_repull_verdicts{monitored_resource=\"cloud_run_revision\",kind=\"UNKNOWN\"}[1h]))"
  _complaints = "`gcloud logging read 'resource.labels.service_name=\"${local.functions.refresh.name}\" AND severity>=WARNING' --project=${var.project_id} --freshness=1h` says what stands in the way."

  _subscription = "resource.type=\"pubsub_subscription\""
  _runbook      = "What to do: docs/runbook.md#"
}

resource "google_monitoring_alert_policy" "line" {
  for_each = local._lines

  project               = var.project_id
  display_name          = each.value.title
  severity              = each.value.severity
  combiner              = "OR"
  notification_channels = var.notification_channels

  conditions {
    display_name = each.value.title

    condition_matched_log {
      filter           = "${local._decided}${each.value.match}"
      label_extractors = { for label in each.value.labels : label => "EXTRACT(jsonPayload.${label})" }
    }
  }

  alert_strategy {
    auto_close = "604800s" # a week

    notification_rate_limit {
      period = "300s"
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "${each.value.says}\n\n${local._runbook}${each.value.section}"
  }

  depends_on = [google_project_service.service]
}

resource "google_monitoring_alert_policy" "dead_letters" {
  project               = var.project_id
  display_name          = "repull: a dead-letter topic is not empty"
  severity              = "WARNING"
  combiner              = "OR"
  notification_channels = var.notification_channels

  conditions {
    display_name = "Messages wait for somebody to look"

    condition_threshold {
      filter          = "${local._subscription} AND metric.type=\"pubsub.googleapis.com/subscription/num_undelivered_messages\" AND resource.labels.subscription_id=one_of(${join(",", [for each in google_pubsub_subscription.dead_letters : "\"${each.name}\""])})"
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "0s"

      aggregations {
        alignment_period   = "300s"
        per_series_aligner = "ALIGN_MAX"
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "`gcloud pubsub subscriptions pull $${resource.label.subscription_id} --project=${var.project_id} --limit=10` shows the messages; the attribute reason says what was wrong with each.\n\n${local._runbook}a-dead-letter-topic-is-not-empty"
  }

  depends_on = [google_project_service.service]
}

resource "google_monitoring_alert_policy" "query" {
  for_each = local._queries

  project               = var.project_id
  display_name          = each.value.title
  severity              = each.value.severity
  combiner              = "OR"
  notification_channels = var.notification_channels

  conditions {
    display_name = each.value.condition

    condition_prometheus_query_language {
      query                     = each.value.query
      duration                  = "0s"
      evaluation_interval       = "300s"
      disable_metric_validation = true # Cloud Monitoring knows a metric only once something was counted
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "${each.value.says}\n\n${local._runbook}${each.value.section}"
  }

  depends_on = [google_logging_metric.metric]
}

resource "google_monitoring_alert_policy" "no_progress" {
  project               = var.project_id
  display_name          = "repull: no progress"
  severity              = "ERROR"
  combiner              = "OR"
  notification_channels = var.notification_channels

  conditions {
    display_name = "A message has not been acknowledged for half an hour"

    condition_threshold {
      filter          = "${local._subscription} AND metric.type=\"pubsub.googleapis.com/subscription/oldest_unacked_message_age\" AND resource.labels.subscription_id=one_of(${join(",", [for each in google_pubsub_subscription.push : "\"${each.name}\""])})"
      comparison      = "COMPARISON_GT"
      threshold_value = 1800
      duration        = "0s"

      aggregations {
        alignment_period   = "60s"
        per_series_aligner = "ALIGN_MAX"
      }
    }
  }

  conditions {
    display_name = "No step and no sweep has arrived for half an hour"

    condition_absent {
      filter   = "resource.type=\"cloud_run_revision\" AND metric.type=\"run.googleapis.com/request_count\" AND resource.labels.service_name=\"${local.functions.refresh.name}\""
      duration = "1800s"

      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = "ALIGN_DELTA"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "${local._complaints}\n\n${local._runbook}a-refresh-does-not-move"
  }

  depends_on = [google_project_service.service]
}
