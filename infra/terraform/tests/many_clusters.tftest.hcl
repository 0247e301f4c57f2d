# Three clusters in two projects, images in a third one, and everything that is optional.

mock_provider "google" {
  source = "./tests/google"
}

variables {
  project_id = "acme-ops"
  region     = "europe-west4"
  clusters = [
    { name = "main", location = "us-central1", project = "acme-prod" },
    { name = "batch", location = "us-central1-a", project = "acme-prod" },
    { name = "main", location = "europe-west4", project = "acme-stage" },
  ]
  repositories = [
    "projects/acme-images/locations/us/repositories/gcr.io",
    "projects/acme-images/locations/us-central1/repositories/apps",
    "projects/acme-stage",
  ]
  impersonate = [
    { email = "gke-nodes@acme-prod.iam.gserviceaccount.com", project = "acme-prod" },
    { email = "123-compute@developer.gserviceaccount.com", project = "acme-stage" },
  ]
  mode                   = "remediate"
  method                 = "StopStart"
  settings               = { allow_stop_start = "on", max_unavailable = "10%", cooldown_seconds = 3600 }
  operators              = ["group:sre@example.com"]
  auditors               = ["group:audit@example.com"]
  notification_channels  = ["projects/acme-ops/notificationChannels/17"]
  organization_id        = "42"
  pull_secret_namespaces = ["shop", "api"]
  read_audit_log         = true
  audit_retention_days   = 30
  network = {
    network    = "projects/acme-net/global/networks/shared"
    subnetwork = "projects/acme-net/regions/europe-west4/subnetworks/repull"
  }
  source_archive = "tests/source.zip"
  source_sha256  = filesha256("tests/source.zip")
}

run "the_sinks" {
  assert {
    condition     = keys(google_logging_project_sink.image_pulls) == ["acme-prod", "acme-stage"]
    error_message = "Each project with clusters has one sink."
  }

  assert {
    condition     = alltrue([for project, each in google_logging_project_sink.image_pulls : each.project == project])
    error_message = "A sink stands in the project whose log it reads."
  }

  assert {
    condition = strcontains(google_logging_project_sink.image_pulls["acme-prod"].filter, <<-EOT
      (
        (resource.labels.cluster_name="batch" AND resource.labels.location="us-central1-a") OR
        (resource.labels.cluster_name="main" AND resource.labels.location="us-central1")
      )
    EOT
    )
    error_message = "A filter names every cluster of its project, in brackets: OR binds closer than the AND around it."
  }

  assert {
    condition     = !strcontains(google_logging_project_sink.image_pulls["acme-prod"].filter, "europe-west4") && !strcontains(google_logging_project_sink.image_pulls["acme-stage"].filter, "us-central1")
    error_message = "And none of another project."
  }

  assert {
    condition     = alltrue([for project, each in google_pubsub_topic_iam_member.sink : each.member == google_logging_project_sink.image_pulls[project].writer_identity]) && length(google_pubsub_topic_iam_member.sink) == 2
    error_message = "Each sink's writer may publish."
  }

  assert {
    condition     = alltrue([for each in google_pubsub_topic_iam_member.sink : each.project == "acme-ops"])
    error_message = "On the one topic, in the functions' project."
  }

  assert {
    condition     = keys(output.sinks) == ["acme-prod", "acme-stage"]
    error_message = "The filters are told."
  }
}

run "the_sweeps" {
  assert {
    condition = toset([
      for each in google_cloud_scheduler_job.sweep : jsondecode(base64decode(jsondecode(base64decode(each.http_target[0].body)).messages[0].data)).cluster
    ]) == toset(["acme-prod/us-central1/main", "acme-prod/us-central1-a/batch", "acme-stage/europe-west4/main"])
    error_message = "Each cluster is swept by a message of its own."
  }

  assert {
    condition     = length(distinct([for each in google_cloud_scheduler_job.sweep : each.name])) == 3
    error_message = "The jobs have different names, though two clusters have one name."
  }

  assert {
    condition     = alltrue([for each in google_cloud_scheduler_job.sweep : each.project == "acme-ops" && each.region == "europe-west4"])
    error_message = "They run where the functions are."
  }
}

run "clusters_whose_names_run_together" {
  variables {
    clusters = [
      { name = "a-main", location = "us-central1", project = "acme-prod" },
      { name = "main", location = "us-central1-a", project = "acme-prod" },
    ]
  }

  assert {
    condition     = length(distinct([for each in google_cloud_scheduler_job.sweep : each.name])) == 2
    error_message = "No two clusters have a job of one name, wherever the name's parts begin."
  }

  assert {
    condition     = alltrue([for each in google_cloud_scheduler_job.sweep : can(regex("^[a-zA-Z0-9_-]{1,500}$", each.name))])
    error_message = "Cloud Scheduler takes the name."
  }
}

run "the_services" {
  assert {
    condition     = alltrue([for project in ["acme-prod", "acme-stage"] : alltrue([for name in ["compute", "container", "iam", "logging"] : contains(keys(google_project_service.service), "${project}/${name}")])])
    error_message = "A cluster's project has the APIs that are asked there."
  }

  assert {
    condition     = contains(keys(google_project_service.service), "acme-images/artifactregistry") && !contains(keys(google_project_service.service), "acme-images/container")
    error_message = "A project of images has those of a registry, and no more."
  }

  assert {
    condition     = google_project_service.service["acme-images/artifactregistry"].project == "acme-images" && google_project_service.service["acme-images/artifactregistry"].service == "artifactregistry.googleapis.com"
    error_message = "By the API's name."
  }

  assert {
    condition     = !anytrue([for each in google_project_service.service : each.disable_on_destroy])
    error_message = "No API is taken from others at the end."
  }

  assert {
    condition     = contains(keys(google_project_service.service), "acme-ops/policytroubleshooter") && google_project_service.service["acme-ops/run"].service == "run.googleapis.com"
    error_message = "The functions' project has the rest."
  }
}

run "who_may_do_what" {
  assert {
    condition     = toset(keys(google_project_iam_member.cluster)) == toset(["acme-prod/diagnose", "acme-prod/operator", "acme-prod/refresh", "acme-stage/diagnose", "acme-stage/operator", "acme-stage/refresh"])
    error_message = "All three accounts have their role in every cluster's project, and not in the functions'."
  }

  assert {
    condition     = alltrue([for each in concat(values(google_project_iam_member.cluster), values(google_project_iam_member.policy), values(google_project_iam_member.grants)) : startswith(google_project_iam_custom_role.role[one([for key, role in google_project_iam_custom_role.role : key if role.id == each.role])].project, each.project)])
    error_message = "A project's custom role is granted in that project."
  }

  assert {
    condition = toset(keys(google_artifact_registry_repository_iam_member.repository)) == toset([
      for each in setproduct(["projects/acme-images/locations/us/repositories/gcr.io", "projects/acme-images/locations/us-central1/repositories/apps"], ["", "/operator"]) : join("", each)
    ])
    error_message = "A repository that is named is granted alone, to the diagnosis and to operators."
  }

  assert {
    condition     = google_artifact_registry_repository_iam_member.repository["projects/acme-images/locations/us/repositories/gcr.io/operator"].repository == "gcr.io" && google_artifact_registry_repository_iam_member.repository["projects/acme-images/locations/us/repositories/gcr.io/operator"].location == "us"
    error_message = "By its location and name."
  }

  assert {
    condition     = keys(google_project_iam_member.repositories) == ["acme-stage", "acme-stage/operator"]
    error_message = "All repositories are granted only in the project that is named as a whole."
  }

  assert {
    condition = alltrue([
      for key, each in merge(google_artifact_registry_repository_iam_member.repository, google_project_iam_member.repositories) :
      each.member == local.members[endswith(key, "/operator") ? "operator" : "diagnose"] && each.role == google_project_iam_custom_role.role["${each.project}/${endswith(key, "/operator") ? "operator" : "diagnose"}.repository"].id
    ])
    error_message = "Each account reads with a role of its own, which is the repository's project's."
  }

  assert {
    condition     = toset(keys(google_project_iam_member.policy)) == toset(["acme-images", "acme-stage"]) && toset(keys(google_project_iam_member.grants)) == toset(["acme-images", "acme-stage"])
    error_message = "Policies, and how old a grant is, are read where the images are."
  }

  assert {
    condition     = google_organization_iam_member.hierarchy[0].org_id == "42" && google_organization_iam_member.hierarchy[0].member == google_service_account.function["diagnose"].member
    error_message = "And above, where the organization is named."
  }

  assert {
    condition     = google_service_account_iam_member.token["123-compute@developer.gserviceaccount.com"].service_account_id == "projects/acme-stage/serviceAccounts/123-compute@developer.gserviceaccount.com"
    error_message = "A node's account is granted by itself."
  }

  assert {
    condition     = alltrue([for account, each in google_service_account_iam_member.token : each.role == google_project_iam_custom_role.role["${local.impersonate[account]}/diagnose.token"].id])
    error_message = "With the role of its own project."
  }

  assert {
    condition     = google_service_account_iam_member.operator["group:sre@example.com"].service_account_id == google_service_account.operator.name
    error_message = "Operators publish as the operators' account."
  }

  assert {
    condition     = google_project_iam_member.auditor["group:audit@example.com"].role == "roles/logging.viewAccessor" && strcontains(google_project_iam_member.auditor["group:audit@example.com"].condition[0].expression, "${google_logging_project_bucket_config.audit.id}/views/decisions\"")
    error_message = "Auditors see the one view."
  }
}

run "what_the_functions_are_told" {
  assert {
    condition     = alltrue([for each in google_cloudfunctions2_function.function : each.service_config[0].environment_variables["REPULL_CLUSTERS"] == "acme-prod/us-central1-a/batch,acme-prod/us-central1/main,acme-stage/europe-west4/main"])
    error_message = "Every cluster is on the list."
  }

  assert {
    condition = alltrue([
      for each in google_cloudfunctions2_function.function :
      { for name in ["ALLOW_STOP_START", "COOLDOWN_SECONDS", "MAX_UNAVAILABLE", "METHOD", "MODE"] : name => each.service_config[0].environment_variables["REPULL_${name}"] } ==
      { ALLOW_STOP_START = "on", COOLDOWN_SECONDS = "3600", MAX_UNAVAILABLE = "10%", METHOD = "StopStart", MODE = "remediate" }
    ])
    error_message = "Both know the settings."
  }

  assert {
    condition     = google_cloudfunctions2_function.function["diagnose"].service_config[0].environment_variables["REPULL_IMPERSONATE"] == "123-compute@developer.gserviceaccount.com,gke-nodes@acme-prod.iam.gserviceaccount.com"
    error_message = "The diagnosis knows whose tokens it may mint."
  }

  assert {
    condition     = google_cloudfunctions2_function.function["diagnose"].service_config[0].environment_variables["REPULL_READ_PULL_SECRETS"] == "api,shop" && google_cloudfunctions2_function.function["diagnose"].service_config[0].environment_variables["REPULL_READ_AUDIT_LOG"] == "on"
    error_message = "And what else it may read."
  }

  assert {
    condition     = length(setintersection(keys(google_cloudfunctions2_function.function["refresh"].service_config[0].environment_variables), ["REPULL_IMPERSONATE", "REPULL_READ_PULL_SECRETS", "REPULL_READ_AUDIT_LOG"])) == 0
    error_message = "The refresh doesn't."
  }
}

run "the_network" {
  assert {
    condition     = alltrue([for each in google_cloudfunctions2_function.function : each.service_config[0].direct_vpc_network_interface[0].subnetwork == "projects/acme-net/regions/europe-west4/subnetworks/repull"])
    error_message = "Both functions enter the VPC."
  }

  assert {
    condition     = alltrue([for each in google_cloudfunctions2_function.function : each.service_config[0].direct_vpc_egress == "VPC_EGRESS_PRIVATE_RANGES_ONLY"])
    error_message = "With what is meant for private addresses alone."
  }
}

run "the_rest" {
  assert {
    condition = alltrue([
      for each in concat(
        values(google_monitoring_alert_policy.line),
        values(google_monitoring_alert_policy.query),
        [google_monitoring_alert_policy.dead_letters, google_monitoring_alert_policy.no_progress],
      ) : each.notification_channels == tolist(["projects/acme-ops/notificationChannels/17"])
    ])
    error_message = "Every alert tells the channel."
  }

  assert {
    condition     = google_logging_project_bucket_config.audit.retention_days == 30
    error_message = "The trail is kept as long as was asked for."
  }

  assert {
    condition     = length(output.commands["1 let the functions into the clusters"]) == 3 && contains(output.commands["1 let the functions into the clusters"], "make install CLUSTER=acme-stage/europe-west4/main PROJECT=acme-ops")
    error_message = "Each cluster has its command, which says where the functions are."
  }
}
