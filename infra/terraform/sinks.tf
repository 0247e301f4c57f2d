# Every project with clusters has one sink, which sees that project's log entries alone.

resource "google_logging_project_sink" "image_pulls" {
  for_each = local.cluster_projects

  project                = each.value
  name                   = "repull-image-pulls"
  destination            = "pubsub.googleapis.com/${google_pubsub_topic.topic["diagnose"].id}"
  unique_writer_identity = true

  filter = templatefile("${path.module}/../sink.filter", {
    clusters = join(" OR\n  ", [
      for cluster in local.clusters :
      "(resource.labels.cluster_name=\"${cluster.name}\" AND resource.labels.location=\"${cluster.location}\")"
      if cluster.project == each.value
    ])
  })

  lifecycle {
    precondition {
      condition     = length([for cluster in local.clusters : cluster if cluster.project == each.value]) <= 150
      error_message = "Project ${each.value} has more than 150 clusters on the list; a sink's filter holds 20,000 characters."
    }
  }

  depends_on = [google_project_service.service]
}

# Without it the sink drops everything, and says so to nobody but the project's owners.
resource "google_pubsub_topic_iam_member" "sink" {
  for_each = local.cluster_projects

  project = var.project_id
  topic   = google_pubsub_topic.topic["diagnose"].name
  role    = "roles/pubsub.publisher"
  member  = google_logging_project_sink.image_pulls[each.value].writer_identity
}
