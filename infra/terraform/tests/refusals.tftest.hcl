# Every validation refuses what it is there for; each run breaks one rule, and is named for it.

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

run "retention_of_no_day" {
  command = plan

  variables {
    audit_retention_days = 0
  }

  expect_failures = [var.audit_retention_days]
}

run "retention_of_half_a_day" {
  command = plan

  variables {
    audit_retention_days = 1.5
  }

  expect_failures = [var.audit_retention_days]
}

run "retention_of_eleven_years" {
  command = plan

  variables {
    audit_retention_days = 4015
  }

  expect_failures = [var.audit_retention_days]
}

run "everybody_as_auditor" {
  command = plan

  variables {
    auditors = ["allAuthenticatedUsers"]
  }

  expect_failures = [var.auditors]
}

run "no_cluster" {
  command = plan

  variables {
    clusters = []
  }

  expect_failures = [var.clusters]
}

run "a_cluster_in_capitals" {
  command = plan

  variables {
    clusters = [{ name = "Main", location = "us-central1" }]
  }

  expect_failures = [var.clusters]
}

run "a_cluster_on_a_continent" {
  command = plan

  variables {
    clusters = [{ name = "main", location = "europe" }]
  }

  expect_failures = [var.clusters]
}

run "a_cluster_in_a_project_by_number" {
  command = plan

  variables {
    clusters = [{ name = "main", location = "us-central1", project = "123456789" }]
  }

  expect_failures = [var.clusters]
}

run "a_cluster_twice" {
  command = plan

  variables {
    clusters = [{ name = "main", location = "us-central1" }, { name = "main", location = "us-central1", project = "acme-prod" }]
  }

  expect_failures = [var.clusters]
}

run "impersonation_of_a_person" {
  command = plan

  variables {
    impersonate = [{ email = "jo@example.com" }]
  }

  expect_failures = [var.impersonate]
}

run "impersonation_twice" {
  command = plan

  variables {
    impersonate = [{ email = "n@acme-prod.iam.gserviceaccount.com" }, { email = "n@acme-prod.iam.gserviceaccount.com", project = "acme-stage" }]
  }

  expect_failures = [var.impersonate]
}

run "impersonation_in_a_project_by_number" {
  command = plan

  variables {
    impersonate = [{ email = "n@acme-prod.iam.gserviceaccount.com", project = "42" }]
  }

  expect_failures = [var.impersonate]
}

run "an_unknown_method" {
  command = plan

  variables {
    method = "reset"
  }

  expect_failures = [var.method]
}

run "stopping_without_consent" {
  command = plan

  variables {
    method = "StopStart"
  }

  expect_failures = [var.method]
}

run "an_outage_without_consent" {
  command = plan

  variables {
    method = "ScaleWorkloads"
  }

  expect_failures = [var.method]
}

run "an_unknown_mode" {
  command = plan

  variables {
    mode = "dry-run"
  }

  expect_failures = [var.mode]
}

run "a_subnetwork_by_its_name" {
  command = plan

  variables {
    network = { network = "projects/p/global/networks/n", subnetwork = "s" }
  }

  expect_failures = [var.network]
}

run "a_subnetwork_elsewhere" {
  command = plan

  variables {
    network = { network = "projects/p/global/networks/n", subnetwork = "projects/p/regions/europe-west4/subnetworks/s" }
  }

  expect_failures = [var.network]
}

run "a_network_by_its_name" {
  command = plan

  variables {
    network = { network = "default", subnetwork = "projects/p/regions/us-central1/subnetworks/s" }
  }

  expect_failures = [var.network]
}

run "a_channel_by_its_name" {
  command = plan

  variables {
    notification_channels = ["pager"]
  }

  expect_failures = [var.notification_channels]
}

run "everybody_as_operator" {
  command = plan

  variables {
    operators = ["allUsers"]
  }

  expect_failures = [var.operators]
}

run "a_domain_as_operator" {
  command = plan

  variables {
    operators = ["domain:example.com"]
  }

  expect_failures = [var.operators]
}

run "an_organization_by_its_path" {
  command = plan

  variables {
    organization_id = "organizations/42"
  }

  expect_failures = [var.organization_id]
}

run "a_project_by_its_number" {
  command = plan

  variables {
    project_id = "123456789"
  }

  expect_failures = [var.project_id]
}

run "every_namespace" {
  command = plan

  variables {
    pull_secret_namespaces = ["*"]
  }

  expect_failures = [var.pull_secret_namespaces]
}

run "a_zone_as_region" {
  command = plan

  variables {
    region = "us-central1-a"
  }

  expect_failures = [var.region]
}

run "an_image_as_repository" {
  command = plan

  variables {
    repositories = ["us-central1-docker.pkg.dev/acme-prod/apps"]
  }

  expect_failures = [var.repositories]
}

run "a_mistyped_setting" {
  command = plan

  variables {
    settings = { max_unavailble = "1" }
  }

  expect_failures = [var.settings]
}

run "a_setting_that_has_a_variable" {
  command = plan

  variables {
    settings = { mode = "remediate" }
  }

  expect_failures = [var.settings]
}

run "an_endpoint_as_setting" {
  command = plan

  variables {
    settings = { compute_endpoint = "https://example.com" }
  }

  expect_failures = [var.settings]
}

run "too_many_unavailable" {
  command = plan

  variables {
    settings = { max_unavailable = 51 }
  }

  expect_failures = [var.settings]
}

run "too_large_a_part_unavailable" {
  command = plan

  variables {
    settings = { max_unavailable = "60%" }
  }

  expect_failures = [var.settings]
}

run "half_a_consent" {
  command = plan

  variables {
    settings = { delete_bare_pods = "yes" }
  }

  expect_failures = [var.settings]
}

run "a_switch_that_is_true" {
  command = plan

  variables {
    settings = { escalate = true }
  }

  expect_failures = [var.settings]
}

run "a_window_of_no_day" {
  command = plan

  variables {
    settings = { windows = "22:00-05:00" }
  }

  expect_failures = [var.settings]
}

run "a_window_of_an_unknown_day" {
  command = plan

  variables {
    settings = { windows = "Mo-Fr 22:00-05:00" }
  }

  expect_failures = [var.settings]
}

run "a_window_that_a_sweep_may_miss" {
  command = plan

  variables {
    settings = { windows = "Mon-Fri 22:00-05:00, Sat 23:50-00:04" }
  }

  expect_failures = [var.settings]
}

run "a_freeze_of_one_day" {
  command = plan

  variables {
    settings = { freezes = "2026-12-20" }
  }

  expect_failures = [var.settings]
}

run "a_breaker_that_never_trips" {
  command = plan

  variables {
    settings = { breaker_renewals = 151 }
  }

  expect_failures = [var.settings]
}

run "a_breaker_over_everything" {
  command = plan

  variables {
    settings = { breaker_percent = 101 }
  }

  expect_failures = [var.settings]
}

run "no_time" {
  command = plan

  variables {
    settings = { drain_seconds = -1 }
  }

  expect_failures = [var.settings]
}

run "no_time_to_boot" {
  command = plan

  variables {
    settings = { boot_seconds = 0 }
  }

  expect_failures = [var.settings]
}

run "a_budget_shorter_than_a_reset" {
  command = plan

  variables {
    settings = { budget_seconds = 80, probe_seconds = 10 }
  }

  expect_failures = [var.settings]
}

run "a_budget_shorter_than_its_probe" {
  command = plan

  variables {
    settings = { budget_seconds = 140 }
  }

  expect_failures = [var.settings]
}

run "a_budget_beyond_the_platform" {
  command = plan

  variables {
    settings = { budget_seconds = 511 }
  }

  expect_failures = [var.settings]
}

run "a_holder_that_falls_silent_at_once" {
  command = plan

  variables {
    settings = { holder_seconds = 2 }
  }

  expect_failures = [var.settings]
}

run "a_holder_that_outlives_its_invocation" {
  command = plan

  variables {
    settings = { holder_seconds = 541 }
  }

  expect_failures = [var.settings]
}

run "an_eviction_that_is_asked_for_all_the_time" {
  command = plan

  variables {
    settings = { evict_retry_seconds = 0 }
  }

  expect_failures = [var.settings]
}

run "a_folder_as_archive" {
  command = plan

  variables {
    source_archive = "build/"
  }

  expect_failures = [var.source_archive]
}

run "a_hash_that_is_none" {
  command = plan

  variables {
    source_sha256 = "latest"
  }

  expect_failures = [var.source_sha256]
}

run "an_archive_that_is_another" {
  command = plan

  variables {
    source_sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
  }

  expect_failures = [google_storage_bucket_object.source]
}

run "an_archive_that_is_not_there" {
  command = plan

  variables {
    source_archive = "tests/nothing.zip"
  }

  expect_failures = [google_storage_bucket_object.source]
}

run "more_clusters_than_a_filter_holds" {
  command = plan

  variables {
    clusters = [for number in range(300) : { name = "cluster-${number}", location = "us-central1" }]
  }

  expect_failures = [google_logging_project_sink.image_pulls]
}
