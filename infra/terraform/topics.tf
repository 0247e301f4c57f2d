# Two topics, so that a sink's writer can not order a reset; each with the dead letters of its function.

resource "google_pubsub_topic" "topic" {
  # checkov:skip=CKV_GCP_83:messages name pods, nodes and images; Google's own encryption is enough for them
  for_each = local.functions

  project = var.project_id
  name    = each.value.topic

  depends_on = [google_project_service.service]
}

resource "google_pubsub_topic" "dead_letters" {
  # checkov:skip=CKV_GCP_83:messages name pods, nodes and images; Google's own encryption is enough for them
  for_each = local.functions

  project = var.project_id
  name    = "${each.value.topic}-dead-letters"

  depends_on = [google_project_service.service]
}

# A topic without a subscription keeps nothing. Nobody reads this one but people: gcloud pubsub subscriptions pull.
resource "google_pubsub_subscription" "dead_letters" {
  for_each = local.functions

  project                    = var.project_id
  name                       = "${each.value.topic}-dead-letters-kept"
  topic                      = google_pubsub_topic.dead_letters[each.key].id
  ack_deadline_seconds       = 60
  message_retention_duration = "1209600s" # 14 days

  expiration_policy {
    ttl = "" # never: it is idle for as long as all is well
  }
}

# Who may publish.

# The diagnosis opens a refresh by its first step, the refresh hands over to the next, an operator starts and aborts by hand.
resource "google_pubsub_topic_iam_member" "step" {
  for_each = local.members

  project = var.project_id
  topic   = google_pubsub_topic.topic["refresh"].name
  role    = google_project_iam_custom_role.role["${var.project_id}/${each.key}.publish"].id
  member  = each.value
}

resource "google_pubsub_topic_iam_member" "sweep" {
  project = var.project_id
  topic   = google_pubsub_topic.topic["refresh"].name
  role    = "roles/pubsub.publisher"
  member  = google_service_account.sweep.member
}

# What can never succeed, with its reason.
resource "google_pubsub_topic_iam_member" "dead_letter" {
  for_each = local.functions

  project = var.project_id
  topic   = google_pubsub_topic.dead_letters[each.key].name
  role    = google_project_iam_custom_role.role["${var.project_id}/${each.key}.publish"].id
  member  = google_service_account.function[each.key].member
}

# What a function did not acknowledge in all its attempts: Pub/Sub takes it from the subscription to the dead letters.
resource "google_pubsub_topic_iam_member" "pubsub_agent" {
  for_each = local.functions

  project = var.project_id
  topic   = google_pubsub_topic.dead_letters[each.key].name
  role    = "roles/pubsub.publisher"
  member  = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "pubsub_agent" {
  for_each = local.functions

  project      = var.project_id
  subscription = google_pubsub_subscription.push[each.key].name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}
