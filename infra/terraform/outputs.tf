output "accounts" {
  description = "The two functions' service accounts, which RBAC in each cluster must know."
  value       = { for account, each in google_service_account.function : account => each.email }
}

output "clusters" {
  description = "The clusters that are served, as project/location/name."
  value       = keys(local.clusters)
}

output "commands" {
  description = "What to type next, in this order."
  value = {
    "1 let the functions into the clusters" = [
      for key, each in local.clusters :
      each.project == var.project_id ? "make install CLUSTER=${key}" : "make install CLUSTER=${key} PROJECT=${var.project_id}"
    ]
    "2 see that the road is open (a dry run, which changes nothing)" = ["make smoke"]
    "3 read what they say" = [
      "gcloud logging read 'resource.type=\"cloud_run_revision\" AND jsonPayload.event:\"repull.\"' --project=${var.project_id} --freshness=1h --format='value(timestamp, jsonPayload.event, jsonPayload.message)'"
    ]
    "4 when their verdicts have convinced you" = [
      var.mode == "observe" ? "set mode = \"remediate\" and apply again" : "nothing: mode is remediate already"
    ]
  }
}

output "dead_letters" {
  description = "Where to look for what could not be handled."
  value       = { for account, each in google_pubsub_subscription.dead_letters : account => each.id }
}

output "functions" {
  description = "The functions' addresses, which only the push account may call."
  value       = { for account, each in google_cloudfunctions2_function.function : account => each.service_config[0].uri }
}

output "log_view" {
  description = "Where an auditor reads the audit trail."
  value       = local.audit_view
}

output "operator" {
  description = "The account that people publish steps as."
  value       = google_service_account.operator.email
}

output "sinks" {
  description = "The filter of each project's sink: which log entries wake repull."
  value       = { for project, each in google_logging_project_sink.image_pulls : project => each.filter }
}

output "step_topic" {
  description = "The topic on which steps are published; the command line knows it from the namespace repull."
  value       = google_pubsub_topic.topic["refresh"].id
}
