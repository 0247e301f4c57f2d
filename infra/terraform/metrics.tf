# Counted from the audit trail; functions/events.py lists the events. Labels have few values: no node, no refresh.

locals {
  _decided = <<-EOT
    resource.type="cloud_run_revision"
    (${join(" OR ", [for each in local.functions : "resource.labels.service_name=\"${each.name}\""])})
  EOT

  metrics = {
    events = {
      title  = "repull: what it did and decided"
      filter = "jsonPayload.event:\"repull.\""
      labels = ["event", "cluster"]
    }
    verdicts = {
      title  = "repull: verdicts of diagnoses"
      filter = "jsonPayload.event=\"repull.verdict\""
      labels = ["kind", "cluster"]
    }
    refreshes = {
      title  = "repull: refreshes that ended"
      filter = "jsonPayload.event=\"repull.refresh_ended\""
      labels = ["phase", "cluster"]
    }
    # The sweep took up a slot that nobody held. Once is a lost message; again and again is a step that dies.
    revivals = {
      title  = "repull: steps set going again by the sweep"
      filter = "jsonPayload.event=\"repull.swept\" AND jsonPayload.message:\"going again\""
      labels = ["slot", "cluster"]
    }
  }
}

resource "google_logging_metric" "metric" {
  for_each = local.metrics

  project          = var.project_id
  name             = "repull/${each.key}"
  filter           = "${local._decided}${each.value.filter}"
  label_extractors = { for label in each.value.labels : label => "EXTRACT(jsonPayload.${label})" }

  metric_descriptor {
    display_name = each.value.title
    metric_kind  = "DELTA"
    value_type   = "INT64"

    dynamic "labels" {
      for_each = each.value.labels

      content {
        key        = labels.value
        value_type = "STRING"
      }
    }
  }

  depends_on = [google_project_service.service]
}
