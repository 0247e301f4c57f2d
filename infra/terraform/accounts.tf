# repull-diagnose reads strangers' events; repull-refresh evicts and resets. Neither has a key.
resource "google_service_account" "function" {
  for_each = local.functions

  project      = var.project_id
  account_id   = "repull-${each.key}"
  display_name = "repull: runs ${each.value.name}"

  depends_on = [google_project_service.service]
}

# What the two functions are called with, and may do nothing else.
resource "google_service_account" "push" {
  project      = var.project_id
  account_id   = "repull-push"
  display_name = "repull: pushes messages to its functions"

  depends_on = [google_project_service.service]
}

# Cloud Scheduler's agent would publish on every topic of the project; this account does on one.
resource "google_service_account" "sweep" {
  project      = var.project_id
  account_id   = "repull-sweep"
  display_name = "repull: publishes the sweep"

  depends_on = [google_project_service.service]
}

# People publish as this account. See audit.tf for how that proves who it was.
resource "google_service_account" "operator" {
  project      = var.project_id
  account_id   = "repull-operator"
  display_name = "repull: what people publish steps as"

  depends_on = [google_project_service.service]
}

resource "google_service_account_iam_member" "operator" {
  for_each = var.operators

  service_account_id = google_service_account.operator.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = each.value
}

# Builds the functions' image. Without it Google takes the default Compute account, which may do far too much, or nothing.
resource "google_service_account" "build" {
  project      = var.project_id
  account_id   = "repull-build"
  display_name = "repull: builds its functions"

  depends_on = [google_project_service.service]
}
