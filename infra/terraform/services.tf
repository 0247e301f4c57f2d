locals {
  services = toset([
    for each in setunion(
      setproduct(toset([var.project_id]), toset([
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
      ])),
      setproduct(local.cluster_projects, toset(["compute", "container", "iam", "logging"])),
      setproduct(local.repository_projects, toset(["artifactregistry", "cloudresourcemanager", "iam"])),
      setproduct(toset(values(local.impersonate)), toset(["iam"])),
    ) : join("/", each)
  ])
}

# Left on at the end: something else of the project may have come to need one.
resource "google_project_service" "service" {
  for_each = local.services

  project            = split("/", each.value)[0]
  service            = "${split("/", each.value)[1]}.googleapis.com"
  disable_on_destroy = false
}
