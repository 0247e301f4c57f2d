# Plain push subscriptions, not Eventarc triggers: those acknowledge within 10 seconds, and what takes longer is delivered again
# while it still runs.

resource "google_pubsub_subscription" "push" {
  for_each = local.functions

  project = var.project_id
  name    = "${each.value.topic}-push"
  topic   = google_pubsub_topic.topic[each.key].id
  # Of a push it is the request's time-out too, and the platform ends a function at 540.
  ack_deadline_seconds       = 600
  message_retention_duration = "86400s" # longer than all attempts together

  push_config {
    push_endpoint = google_cloudfunctions2_function.function[each.key].service_config[0].uri

    oidc_token {
      service_account_email = google_service_account.push.email
      audience              = google_cloudfunctions2_function.function[each.key].service_config[0].uri
    }
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  # With this back-off ten attempts take about 40 minutes: time for a holder that fell silent, and for a person to grant what is missing.
  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead_letters[each.key].id
    max_delivery_attempts = 10
  }

  expiration_policy {
    ttl = "" # never
  }

  # The first push would be refused, and the first dead letter lost.
  depends_on = [
    google_cloud_run_service_iam_member.push,
    google_pubsub_topic_iam_member.pubsub_agent,
    google_service_account_iam_member.push,
  ]
}

# Only the push account may call a function; nobody calls one without a token.
resource "google_cloud_run_service_iam_member" "push" {
  for_each = local.functions

  project  = var.project_id
  location = var.region
  service  = google_cloudfunctions2_function.function[each.key].name
  role     = "roles/run.invoker"
  member   = google_service_account.push.member
}

# Pub/Sub's agent signs in as the push account. Agents made since April 2021 may do so for every account of the project;
# an older one may not, and this is all that it needs.
resource "google_service_account_iam_member" "push" {
  service_account_id = google_service_account.push.name
  role               = "roles/iam.serviceAccountOpenIdTokenCreator"
  member             = local.pubsub_agent
}
