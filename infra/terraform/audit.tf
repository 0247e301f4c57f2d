# The audit trail: what the functions decided, and who asked for what.

resource "google_logging_project_bucket_config" "audit" {
  project        = var.project_id
  location       = var.region
  bucket_id      = "repull-audit"
  retention_days = var.audit_retention_days

  # Kept when everything else is destroyed: what was done to whose machines stays on record until its time is over.
  deletion_policy = "ABANDON"

  depends_on = [google_project_service.service]
}

locals {
  audit_view = "${google_logging_project_bucket_config.audit.id}/views/${google_logging_log_view.decisions.name}"

  _audit_filter = <<-EOT
    -- What the functions decided.
    (
      ${indent(6, trimspace(local._decided))}
      log_id("run.googleapis.com/stdout")
      jsonPayload.event:"repull."
    ) OR
    -- Who published steps by hand.
    (
      log_id("cloudaudit.googleapis.com/data_access")
      protoPayload.serviceName="iamcredentials.googleapis.com"
      protoPayload.methodName="GenerateAccessToken"
      resource.labels.email_id="${google_service_account.operator.email}"
    ) OR
    -- What was done to our topics, and to whom they are open.
    (
      protoPayload.serviceName="pubsub.googleapis.com"
      (${join(" OR ", [for each in concat(values(google_pubsub_topic.topic), values(google_pubsub_topic.dead_letters)) : "protoPayload.resourceName=\"${each.id}\""])})
    )
  EOT
}

# Into a bucket of its own project a sink needs no grant.
resource "google_logging_project_sink" "audit" {
  project                = var.project_id
  name                   = "repull-audit"
  destination            = "logging.googleapis.com/${google_logging_project_bucket_config.audit.id}"
  unique_writer_identity = true
  filter                 = local._audit_filter
}

# What an auditor sees of it. A view's filter knows where an entry came from, its resource's type and its log, and no more.
resource "google_logging_log_view" "decisions" {
  bucket = google_logging_project_bucket_config.audit.id
  name   = "decisions"
  filter = "SOURCE(\"projects/${var.project_id}\")"
}

resource "google_project_iam_member" "auditor" {
  for_each = var.auditors

  project = var.project_id
  role    = "roles/logging.viewAccessor"
  member  = each.value

  condition {
    title      = "repull's decisions"
    expression = "resource.name == \"${local.audit_view}\""
  }
}

# The proven author of a step. Pub/Sub writes no audit entry for a message (its page on audit logging says so), so that people
# publish as an account whose tokens are on record: IAM's entry for GenerateAccessToken names the person. Google's pages call it
# an ADMIN_READ or, of late, a DATA_READ; without it nobody is proven, so that both are switched on.
# Pub/Sub's own is switched on for the day on which there is one.
resource "google_project_iam_audit_config" "author" {
  for_each = {
    "iam.googleapis.com"    = ["ADMIN_READ", "DATA_READ"] # Service Account Credentials has no switch of its own
    "pubsub.googleapis.com" = ["DATA_WRITE"]
  }

  project = var.project_id
  service = each.key

  dynamic "audit_log_config" {
    for_each = each.value

    content {
      log_type = audit_log_config.value
    }
  }
}
