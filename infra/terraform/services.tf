locals {
  _services = {
    (var.project_id) = [
      "artifactregistry",
      "cloudbuild",
      "cloudfunctions",
      "cloudresourcemanager",
      "cloudscheduler",
      "compute",
      "container",
      "iam",
      "iamcredentials",
      "logging",
      "monitoring",
      "policytroubleshooter",
      "pubsub",
      "run",
      "storage",
    ]
  }
  _cluster_services    = { for project in local.cluster_projects : project => ["compute", "container", "iam", "logging"] }
  _repository_services = { for project in local.repository_projects : project => ["artifactregistry", "cloudresourcemanager", "iam"] }

  services = {
    for each in distinct(flatten([
      for services in [local._services, local._cluster_services, local._repository_services] : [
        for project, names in services : [for name in names : { project = project, name = name }]
      ]
    ])) : "${each.project}/${each.name}" => each
  }
}

# Left on at the end: something else of the project may have come to need one.
resource "google_project_service" "service" {
  for_each = local.services

  project            = each.value.project
  service            = "${each.value.name}.googleapis.com"
  disable_on_destroy = false
}
