# The archive is built outside, so that the same commit makes the same one; here it is only brought to where Cloud Build finds it.

resource "google_storage_bucket" "source" {
  # checkov:skip=CKV_GCP_62:Cloud Audit Logs tell who changed the bucket, and what is read from it is no secret
  project                     = var.project_id
  name                        = "${var.project_id}-repull-source"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true # it holds nothing but what make package builds again

  versioning {
    enabled = true
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      num_newer_versions = 1
      with_state         = "ARCHIVED"
    }
  }

  depends_on = [google_project_service.service]
}

resource "google_storage_bucket_object" "source" {
  bucket = google_storage_bucket.source.name
  name   = "functions-${var.source_sha256}.zip" # another name is another build
  source = var.source_archive

  lifecycle {
    precondition {
      condition     = fileexists(var.source_archive) && try(filesha256(var.source_archive) == var.source_sha256, false)
      error_message = "source_archive is missing or is not what source_sha256 says; run make package, and use both as it prints them."
    }
  }
}

# The images that Cloud Build makes of it. A repository of our own, so that it can be granted alone and goes with the rest.
resource "google_artifact_registry_repository" "images" {
  # checkov:skip=CKV_GCP_84:the images hold the source and public packages, and no secret that a key of one's own would guard
  project       = var.project_id
  location      = var.region
  repository_id = "repull"
  format        = "DOCKER"

  cleanup_policy_dry_run = false

  cleanup_policies {
    id     = "keep-the-last-few"
    action = "KEEP"
    most_recent_versions {
      keep_count = 5
    }
  }

  cleanup_policies {
    id     = "delete-the-rest"
    action = "DELETE"
    condition {
      older_than = "2592000s" # 30 days
    }
  }

  depends_on = [google_project_service.service]
}

# Cloud Functions copies the archive into a bucket of its own, and builds from there. It makes that bucket with the first function, so
# that it can't be granted itself.
resource "google_project_iam_member" "build_source" {
  project = var.project_id
  role    = "roles/storage.objectViewer"
  member  = google_service_account.build.member

  condition {
    title      = "Cloud Functions' copies of sources"
    expression = "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-${data.google_project.repull.number}-${var.region}\")"
  }
}

resource "google_artifact_registry_repository_iam_member" "build" {
  project    = var.project_id
  location   = var.region
  repository = google_artifact_registry_repository.images.repository_id
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.build.member
}

resource "google_project_iam_member" "build_log" {
  project = var.project_id
  role    = "roles/logging.logWriter"
  member  = google_service_account.build.member
}
