# Every project with clusters has one sink, which sees that project's log entries alone.

locals {
  filters = {
    for project in local.cluster_projects : project => templatefile("${path.module}/../sink.filter", {
      clusters = join(" OR\n  ", [
        for each in local.clusters :
        "(resource.labels.cluster_name=\"${each.name}\" AND resource.labels.location=\"${each.location}\")"
        if each.project == project
      ])
    })
  }
}

resource "google_logging_project_sink" "image_pulls" {
  for_each = local.filters

  project                = each.key
  name                   = "repull-image-pulls"
  destination            = "pubsub.googleapis.com/${google_pubsub_topic.topic["diagnose"].id}"
  unique_writer_identity = true
  filter                 = each.value

  lifecycle {
    precondition {
      condition     = length(each.value) <= 20000
      error_message = "Project ${each.key} has too many clusters on the list: its sink's filter would be longer than the 20,000 characters that Cloud Logging takes."
    }
  }

  depends_on = [google_project_service.service]
}

# Without it the sink drops everything, and says so to nobody but the project's owners.
resource "google_pubsub_topic_iam_member" "sink" {
  for_each = google_logging_project_sink.image_pulls

  project = var.project_id
  topic   = google_pubsub_topic.topic["diagnose"].name
  role    = "roles/pubsub.publisher"
  member  = each.value.writer_identity
}
