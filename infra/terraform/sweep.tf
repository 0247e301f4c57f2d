# Every ten minutes whatever lies still is taken up again: a lost message, a window that has opened, a machine left off.
# A message for each cluster, so that one that can't be reached holds up no other.

resource "google_cloud_scheduler_job" "sweep" {
  for_each = local.clusters

  project          = var.project_id
  region           = var.region
  name             = "repull-sweep-${replace(each.key, "/", "_")}" # no part holds a _, so that no two clusters share a name
  schedule         = "*/10 * * * *"
  time_zone        = "Etc/UTC"
  attempt_deadline = "30s"

  retry_config {
    retry_count = 3
  }

  # By Pub/Sub's REST API, since a pubsub_target would publish as Cloud Scheduler's agent.
  http_target {
    http_method = "POST"
    uri         = "https://pubsub.googleapis.com/v1/${google_pubsub_topic.topic["refresh"].id}:publish"
    headers     = { "Content-Type" = "application/json" }

    body = base64encode(jsonencode({
      messages = [{ data = base64encode(jsonencode({ action = "sweep", cluster = each.key })) }]
    }))

    oauth_token {
      service_account_email = google_service_account.sweep.email
      scope                 = "https://www.googleapis.com/auth/pubsub"
    }
  }
}
