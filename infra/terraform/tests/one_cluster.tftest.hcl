# What most people install: one cluster, in the project of the functions.

mock_provider "google" {
  source = "./tests/google"
}

variables {
  project_id     = "acme-prod"
  region         = "us-central1"
  clusters       = [{ name = "main", location = "us-central1" }]
  source_archive = "tests/source.zip"
  source_sha256  = filesha256("tests/source.zip")
}

run "the_sink" {
  assert {
    condition     = keys(google_logging_project_sink.image_pulls) == ["acme-prod"]
    error_message = "One project is one sink."
  }

  assert {
    condition     = strcontains(google_logging_project_sink.image_pulls["acme-prod"].filter, "(resource.labels.cluster_name=\"main\" AND resource.labels.location=\"us-central1\")")
    error_message = "The filter lets the cluster through."
  }

  assert {
    condition     = strcontains(google_logging_project_sink.image_pulls["acme-prod"].filter, "resource.labels.namespace_name!=\"repull\"")
    error_message = "The filter leaves the probes out."
  }

  assert {
    condition     = !strcontains(google_logging_project_sink.image_pulls["acme-prod"].filter, "$${")
    error_message = "Every placeholder is filled in."
  }

  assert {
    condition     = google_logging_project_sink.image_pulls["acme-prod"].unique_writer_identity
    error_message = "The sink writes as an account of its own."
  }

  assert {
    condition     = google_logging_project_sink.image_pulls["acme-prod"].destination == "pubsub.googleapis.com/${google_pubsub_topic.topic["diagnose"].id}"
    error_message = "The sink publishes on the topic of pull failures."
  }

  assert {
    condition = (
      google_pubsub_topic_iam_member.sink["acme-prod"].member == google_logging_project_sink.image_pulls["acme-prod"].writer_identity &&
      google_pubsub_topic_iam_member.sink["acme-prod"].topic == "image-pull-events" &&
      google_pubsub_topic_iam_member.sink["acme-prod"].role == "roles/pubsub.publisher"
    )
    error_message = "The sink's writer may publish on that topic."
  }
}

run "who_may_publish_a_step" {
  assert {
    condition = toset(concat(
      [for each in google_pubsub_topic_iam_member.step : each.member],
      [google_pubsub_topic_iam_member.sweep.member],
      )) == toset([
      google_service_account.function["diagnose"].member,
      google_service_account.function["refresh"].member,
      google_service_account.operator.member,
      google_service_account.sweep.member,
    ])
    error_message = "Steps are published by the two functions, the sweep and the operators' account."
  }

  assert {
    condition     = alltrue([for each in google_pubsub_topic_iam_member.sink : each.topic != google_pubsub_topic.topic["refresh"].name])
    error_message = "No sink's writer can order a reset."
  }

  assert {
    condition     = length(google_service_account_iam_member.operator) == 0
    error_message = "Nobody is an operator who is not named."
  }
}

run "the_push_subscriptions" {
  assert {
    condition     = alltrue([for each in google_pubsub_subscription.push : each.ack_deadline_seconds == 600])
    error_message = "A push may take as long as Pub/Sub allows."
  }

  assert {
    condition     = alltrue([for account, each in google_pubsub_subscription.push : each.push_config[0].push_endpoint == google_cloudfunctions2_function.function[account].service_config[0].uri])
    error_message = "Each topic is pushed to the run.app address of its own function; the other address is not internal."
  }

  assert {
    condition     = alltrue([for each in google_pubsub_subscription.push : each.push_config[0].oidc_token[0].audience == each.push_config[0].push_endpoint])
    error_message = "A token is good for one function alone."
  }

  assert {
    condition     = alltrue([for each in google_pubsub_subscription.push : each.push_config[0].oidc_token[0].service_account_email == google_service_account.push.email])
    error_message = "Pushes come as the push account."
  }

  assert {
    condition     = alltrue([for each in google_pubsub_subscription.push : each.retry_policy[0].minimum_backoff == "10s" && each.retry_policy[0].maximum_backoff == "600s"])
    error_message = "What was not acknowledged comes again after 10 to 600 seconds."
  }

  assert {
    condition     = alltrue([for account, each in google_pubsub_subscription.push : each.dead_letter_policy[0].dead_letter_topic == google_pubsub_topic.dead_letters[account].id])
    error_message = "Each function has dead letters of its own."
  }

  assert {
    condition     = alltrue([for each in google_pubsub_subscription.push : each.dead_letter_policy[0].max_delivery_attempts == 10])
    error_message = "A message is tried ten times."
  }

  assert {
    condition     = alltrue([for each in concat(values(google_pubsub_subscription.push), values(google_pubsub_subscription.dead_letters)) : each.expiration_policy[0].ttl == ""])
    error_message = "No subscription expires while all is well."
  }

  assert {
    condition     = google_pubsub_subscription.push["diagnose"].topic == google_pubsub_topic.topic["diagnose"].id && google_pubsub_subscription.push["refresh"].topic == google_pubsub_topic.topic["refresh"].id
    error_message = "Each function hears its own topic."
  }

  assert {
    condition     = google_service_account_iam_member.push.member == local.pubsub_agent && google_service_account_iam_member.push.role == "roles/iam.serviceAccountOpenIdTokenCreator"
    error_message = "Pub/Sub's agent may sign in as the push account, and no more."
  }
}

run "the_dead_letters" {
  assert {
    condition     = alltrue([for each in google_pubsub_subscription.dead_letters : each.message_retention_duration == "1209600s"])
    error_message = "Dead letters are kept for 14 days."
  }

  assert {
    condition     = alltrue([for account, each in google_pubsub_subscription.dead_letters : each.topic == google_pubsub_topic.dead_letters[account].id])
    error_message = "Each dead-letter topic has a subscription, without which it keeps nothing."
  }

  assert {
    condition     = local.pubsub_agent == "serviceAccount:service-123456789012@gcp-sa-pubsub.iam.gserviceaccount.com"
    error_message = "Pub/Sub's agent is that of the functions' project."
  }

  assert {
    condition = alltrue([
      for account, each in google_pubsub_topic_iam_member.pubsub_agent :
      each.member == local.pubsub_agent && each.role == "roles/pubsub.publisher" && each.topic == google_pubsub_topic.dead_letters[account].name
    ])
    error_message = "Pub/Sub's agent may publish dead letters."
  }

  assert {
    condition = alltrue([
      for account, each in google_pubsub_subscription_iam_member.pubsub_agent :
      each.member == local.pubsub_agent && each.role == "roles/pubsub.subscriber" && each.subscription == google_pubsub_subscription.push[account].name
    ])
    error_message = "Pub/Sub's agent may take them from the subscriptions."
  }

  assert {
    condition = alltrue([
      for account, each in google_pubsub_topic_iam_member.dead_letter :
      each.member == google_service_account.function[account].member && each.topic == google_pubsub_topic.dead_letters[account].name
    ])
    error_message = "A function keeps its own dead letters, and no other's."
  }
}

run "the_functions" {
  assert {
    condition     = alltrue([for each in google_cloudfunctions2_function.function : length(each.event_trigger) == 0])
    error_message = "No function has an Eventarc trigger."
  }

  assert {
    condition     = alltrue([for each in google_cloudfunctions2_function.function : each.service_config[0].ingress_settings == "ALLOW_INTERNAL_ONLY"])
    error_message = "No function is reached from outside."
  }

  assert {
    condition = alltrue([
      for each in google_cloud_run_service_iam_member.push :
      each.role == "roles/run.invoker" && each.member == google_service_account.push.member
    ]) && length(google_cloud_run_service_iam_member.push) == 2
    error_message = "The push account calls both functions, and nobody else does."
  }

  assert {
    condition     = google_cloudfunctions2_function.function["refresh"].service_config[0].timeout_seconds == 540
    error_message = "A step may take 540 seconds."
  }

  assert {
    condition     = alltrue([for each in google_cloudfunctions2_function.function : each.service_config[0].timeout_seconds < 600])
    error_message = "A function ends before its push does."
  }

  assert {
    condition     = alltrue([for each in google_cloudfunctions2_function.function : each.service_config[0].environment_variables["THREADS"] == tostring(each.service_config[0].max_instance_request_concurrency)])
    error_message = "An instance has a thread for each request that it is given."
  }

  assert {
    condition     = alltrue([for each in google_cloudfunctions2_function.function : each.service_config[0].available_cpu == "1" && each.service_config[0].available_memory == "512Mi"])
    error_message = "A concurrency over 1 wants a whole CPU, and google-cloud-compute 186 MB."
  }

  assert {
    condition     = google_cloudfunctions2_function.function["refresh"].service_config[0].max_instance_count * google_cloudfunctions2_function.function["refresh"].service_config[0].max_instance_request_concurrency > 50
    error_message = "There is room for as many steps as nodes may be out of service."
  }

  assert {
    condition     = alltrue([for account, each in google_cloudfunctions2_function.function : each.service_config[0].service_account_email == google_service_account.function[account].email])
    error_message = "Each function runs as its own account."
  }

  assert {
    condition     = alltrue([for each in google_cloudfunctions2_function.function : each.build_config[0].service_account == google_service_account.build.id])
    error_message = "The functions are built by an account of their own, not by Compute's."
  }

  assert {
    condition     = google_project_iam_member.build_source.member == google_service_account.build.member && google_project_iam_member.build_source.condition[0].expression == "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-123456789012-us-central1\")"
    error_message = "That account reads the copy that Cloud Functions makes of the source, and no other bucket."
  }

  assert {
    condition     = alltrue([for each in google_cloudfunctions2_function.function : each.build_config[0].source[0].storage_source[0].object == "functions-${var.source_sha256}.zip"])
    error_message = "Another source is another deployment."
  }

  assert {
    condition     = { for account, each in google_cloudfunctions2_function.function : each.name => each.build_config[0].entry_point } == { "on-pull-event" = "on_pull_event", "on-refresh-step" = "on_refresh_step" }
    error_message = "The functions are those of main.py."
  }

  assert {
    condition     = alltrue([for each in google_cloudfunctions2_function.function : length(each.service_config[0].direct_vpc_network_interface) == 0])
    error_message = "The DNS endpoint needs no network."
  }
}

run "what_the_functions_are_told" {
  assert {
    condition     = alltrue([for each in google_cloudfunctions2_function.function : each.service_config[0].environment_variables["REPULL_CLUSTERS"] == "acme-prod/us-central1/main"])
    error_message = "The cluster is project/location/name."
  }

  assert {
    condition     = alltrue([for each in google_cloudfunctions2_function.function : each.service_config[0].environment_variables["REPULL_STEP_TOPIC"] == google_pubsub_topic.topic["refresh"].id])
    error_message = "Both publish steps on the step topic."
  }

  assert {
    condition     = alltrue([for account, each in google_cloudfunctions2_function.function : each.service_config[0].environment_variables["REPULL_DEAD_LETTER_TOPIC"] == google_pubsub_topic.dead_letters[account].id])
    error_message = "Each has its own dead letters."
  }

  assert {
    condition     = alltrue([for each in google_cloudfunctions2_function.function : each.service_config[0].environment_variables["REPULL_MODE"] == "observe"])
    error_message = "Nothing is done before somebody has said remediate."
  }

  assert {
    condition = toset(keys(google_cloudfunctions2_function.function["diagnose"].service_config[0].environment_variables)) == toset([
      "REPULL_CLUSTERS", "REPULL_DEAD_LETTER_TOPIC", "REPULL_METHOD", "REPULL_MODE", "REPULL_STEP_TOPIC", "THREADS",
    ])
    error_message = "What is not set has the code's default."
  }
}

run "who_may_do_what" {
  assert {
    condition = toset(keys(google_project_iam_custom_role.role)) == toset([
      "acme-prod/diagnose.cluster",
      "acme-prod/diagnose.policy",
      "acme-prod/diagnose.publish",
      "acme-prod/diagnose.repository",
      "acme-prod/operator.cluster",
      "acme-prod/operator.publish",
      "acme-prod/operator.repository",
      "acme-prod/operator.trail",
      "acme-prod/refresh.cluster",
      "acme-prod/refresh.publish",
    ])
    error_message = "No role is made that is not granted."
  }

  assert {
    condition     = length(setintersection(flatten([for key, each in google_project_iam_custom_role.role : tolist(each.permissions) if startswith(key, "acme-prod/diagnose.")]), ["compute.instances.reset", "compute.instanceGroupManagers.update"])) == 0
    error_message = "The diagnosis can renew no machine."
  }

  assert {
    condition = local.members == {
      diagnose = google_service_account.function["diagnose"].member
      operator = google_service_account.operator.member
      refresh  = google_service_account.function["refresh"].member
    }
    error_message = "The roles are those of three accounts."
  }

  assert {
    condition     = alltrue([for permission in google_project_iam_custom_role.role["acme-prod/operator.cluster"].permissions : can(regex("\\.(get|list)$", permission))])
    error_message = "An operator changes no machine, but asks the refresh to."
  }

  assert {
    condition     = contains(google_project_iam_custom_role.role["acme-prod/refresh.cluster"].permissions, "compute.instances.reset")
    error_message = "The refresh can."
  }

  assert {
    condition = alltrue([
      for key, each in google_project_iam_member.cluster :
      each.role == google_project_iam_custom_role.role["${key}.cluster"].id && each.member == local.members[split("/", key)[1]]
    ]) && length(google_project_iam_member.cluster) == 3
    error_message = "Each account has its own role, and not the other's."
  }

  assert {
    condition     = keys(google_project_iam_member.repositories) == ["acme-prod", "acme-prod/operator"] && length(google_artifact_registry_repository_iam_member.repository) == 0
    error_message = "Where no repository is named, all those of the project may be read."
  }

  assert {
    condition     = length(google_organization_iam_custom_role.hierarchy) == 0 && length(google_service_account_iam_member.token) == 0 && length(google_project_iam_member.grants) == 0
    error_message = "What is optional is not granted."
  }
}

run "no_repository" {
  variables {
    repositories = []
  }

  assert {
    condition     = length(google_project_iam_member.repositories) == 0 && length(google_project_iam_member.policy) == 0
    error_message = "An empty list of repositories is none, not all."
  }
}

run "the_sweep" {
  assert {
    condition     = google_cloud_scheduler_job.sweep["acme-prod/us-central1/main"].schedule == "*/10 * * * *"
    error_message = "The sweep looks every ten minutes."
  }

  assert {
    condition     = jsondecode(base64decode(jsondecode(base64decode(google_cloud_scheduler_job.sweep["acme-prod/us-central1/main"].http_target[0].body)).messages[0].data)) == { action = "sweep", cluster = "acme-prod/us-central1/main" }
    error_message = "It is a message that the function understands."
  }

  assert {
    condition     = google_cloud_scheduler_job.sweep["acme-prod/us-central1/main"].http_target[0].uri == "https://pubsub.googleapis.com/v1/${google_pubsub_topic.topic["refresh"].id}:publish"
    error_message = "It is published on the step topic."
  }

  assert {
    condition     = google_cloud_scheduler_job.sweep["acme-prod/us-central1/main"].http_target[0].oauth_token[0].service_account_email == google_service_account.sweep.email
    error_message = "By an account of its own."
  }
}

run "the_audit_trail" {
  assert {
    condition     = google_logging_project_bucket_config.audit.retention_days == 400 && google_logging_project_bucket_config.audit.deletion_policy == "ABANDON"
    error_message = "The trail is kept for 400 days, even where everything else is destroyed."
  }

  assert {
    condition     = google_logging_project_sink.audit.destination == "logging.googleapis.com/${google_logging_project_bucket_config.audit.id}"
    error_message = "What was decided goes into that bucket."
  }

  assert {
    condition     = strcontains(google_logging_project_sink.audit.filter, "(resource.labels.service_name=\"on-pull-event\" OR resource.labels.service_name=\"on-refresh-step\")") && strcontains(google_logging_project_sink.audit.filter, google_service_account.operator.email)
    error_message = "The trail holds what both functions decided, and who published as the operator."
  }

  assert {
    condition     = { for service, each in google_project_iam_audit_config.author : service => join(",", sort(each.audit_log_config[*].log_type)) } == { "iam.googleapis.com" = "ADMIN_READ,DATA_READ", "pubsub.googleapis.com" = "DATA_WRITE" }
    error_message = "The author of a step is on record."
  }

  assert {
    condition     = length(google_project_iam_member.auditor) == 0
    error_message = "Nobody is an auditor who is not named."
  }
}

run "the_alerts" {
  assert {
    condition = toset(concat(
      [for each in google_monitoring_alert_policy.line : each.display_name],
      [for each in google_monitoring_alert_policy.query : each.display_name],
      [google_monitoring_alert_policy.dead_letters.display_name, google_monitoring_alert_policy.no_progress.display_name],
      )) == toset([
      "repull: a dead-letter topic is not empty",
      "repull: a node stays cordoned",
      "repull: a refresh failed",
      "repull: a step dies again and again",
      "repull: no progress",
      "repull: the circuit breaker is open",
      "repull: the diagnosis can't tell too often",
    ])
    error_message = "Every state that needs a person has its alert."
  }

  assert {
    condition = alltrue([
      for each in concat(
        values(google_monitoring_alert_policy.line),
        values(google_monitoring_alert_policy.query),
        [google_monitoring_alert_policy.dead_letters, google_monitoring_alert_policy.no_progress],
      ) : strcontains(each.documentation[0].content, "docs/runbook.md#")
    ])
    error_message = "Every alert says what to do."
  }

  assert {
    condition     = alltrue([for each in google_monitoring_alert_policy.line : length(each.alert_strategy[0].notification_rate_limit) == 1])
    error_message = "Cloud Monitoring wants a rate limit of alerts on log entries."
  }

  assert {
    condition     = alltrue([for each in google_monitoring_alert_policy.query : length(each.conditions) == 1 && each.conditions[0].condition_prometheus_query_language[0].disable_metric_validation])
    error_message = "A policy takes one query, and may be made before its metric is known."
  }

  assert {
    condition     = alltrue([for each in google_pubsub_subscription.dead_letters : strcontains(google_monitoring_alert_policy.dead_letters.conditions[0].condition_threshold[0].filter, "\"${each.name}\"")])
    error_message = "Both dead-letter topics are watched."
  }

  assert {
    condition     = alltrue([for each in google_logging_metric.metric : toset([for label in each.metric_descriptor[0].labels : label.key]) == toset(keys(each.label_extractors))])
    error_message = "Every label of a metric is declared and extracted."
  }

  assert {
    condition     = length(jsondecode(google_monitoring_dashboard.repull.dashboard_json).mosaicLayout.tiles) == 9
    error_message = "The dashboard has eight charts and the trail."
  }

  assert {
    condition = [for each in jsondecode(google_monitoring_dashboard.repull.dashboard_json).mosaicLayout.tiles : join(",", [for side in ["xPos", "yPos"] : try(each[side], "")])] == [
      ",", "6,", ",4", "6,4", ",8", "6,8", ",12", "6,12", ",16",
    ]
    error_message = "The charts stand two in a row and the trail below them; a 0, which Cloud Monitoring does not give back, is left out."
  }
}

run "what_to_type_next" {
  assert {
    condition     = output.commands["1 let the functions into the clusters"] == ["make install CLUSTER=acme-prod/us-central1/main"]
    error_message = "RBAC is next."
  }

  assert {
    condition     = output.accounts == { for account, each in google_service_account.function : account => each.email }
    error_message = "The accounts are told."
  }

  assert {
    condition     = output.clusters == ["acme-prod/us-central1/main"] && output.step_topic == google_pubsub_topic.topic["refresh"].id
    error_message = "What the next commands need is told."
  }
}
