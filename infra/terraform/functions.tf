locals {
  # What both are told. A setting that is left out has the code's default.
  _environment = merge(
    { for name, value in var.settings : "REPULL_${upper(name)}" => value },
    {
      REPULL_CLUSTERS   = join(",", keys(local.clusters))
      REPULL_MODE       = var.mode
      REPULL_METHOD     = var.method
      REPULL_STEP_TOPIC = google_pubsub_topic.topic["refresh"].id
    },
  )

  # What the diagnosis alone may read besides.
  _optional = {
    diagnose = merge(
      length(var.impersonate) == 0 ? {} : { REPULL_IMPERSONATE = join(",", sort(keys(local.impersonate))) },
      length(var.pull_secret_namespaces) == 0 ? {} : { REPULL_READ_PULL_SECRETS = join(",", sort(var.pull_secret_namespaces)) },
      var.read_audit_log ? { REPULL_READ_AUDIT_LOG = "on" } : {},
    )
    refresh = {}
  }
}

# Second generation, without an event trigger: it is called over HTTP by its push subscription.
resource "google_cloudfunctions2_function" "function" {
  for_each = local.functions

  project  = var.project_id
  location = var.region
  name     = each.value.name

  build_config {
    runtime           = "python313"
    entry_point       = each.value.entry_point
    docker_repository = google_artifact_registry_repository.images.id
    service_account   = google_service_account.build.id

    source {
      storage_source {
        bucket = google_storage_bucket.source.name
        object = google_storage_bucket_object.source.name
      }
    }
  }

  service_config {
    service_account_email            = google_service_account.function[each.key].email
    ingress_settings                 = "ALLOW_INTERNAL_ONLY" # a push of the same project to the run.app address is internal
    timeout_seconds                  = each.value.timeout_seconds
    available_memory                 = "512Mi"
    available_cpu                    = "1" # less serves one request at a time
    max_instance_request_concurrency = each.value.concurrency
    max_instance_count               = each.value.max_instances
    min_instance_count               = 0
    all_traffic_on_latest_revision   = true
    direct_vpc_egress                = var.network == null ? null : "VPC_EGRESS_PRIVATE_RANGES_ONLY"

    environment_variables = merge(local._environment, local._optional[each.key], {
      REPULL_DEAD_LETTER_TOPIC = google_pubsub_topic.dead_letters[each.key].id
      THREADS                  = tostring(each.value.concurrency) # functions-framework's own default is four for each CPU
    })

    dynamic "direct_vpc_network_interface" {
      for_each = var.network == null ? [] : [var.network]

      content {
        network    = direct_vpc_network_interface.value.network
        subnetwork = direct_vpc_network_interface.value.subnetwork
        tags       = direct_vpc_network_interface.value.tags
      }
    }
  }

  depends_on = [
    google_artifact_registry_repository_iam_member.build,
    google_project_iam_member.build_log,
    google_project_iam_member.build_source,
  ]
}
