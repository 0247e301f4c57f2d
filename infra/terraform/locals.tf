locals {
  # The two functions, and nearly everything that each has of its own. An account reads here as repull-KEY.
  # Measured: the diagnosis weighs 111 MB and answers in 0.1 s of CPU; with google-cloud-compute loaded the refresh weighs 186 MB.
  functions = {
    diagnose = {
      name        = "on-pull-event"
      entry_point = "on_pull_event"
      topic       = "image-pull-events"
      # One process remembers the causes that it has diagnosed: many events in few instances.
      concurrency   = 40
      max_instances = 2
      # Nine outside reads, if each of them were to run into its time-out.
      timeout_seconds = 300
    }
    refresh = {
      name        = "on-refresh-step"
      entry_point = "on_refresh_step"
      topic       = "node-refresh"
      # A step waits for most of its time. 80 at once are more than the 50 nodes that may be out of service.
      concurrency     = 4
      max_instances   = 20
      timeout_seconds = 540
    }
  }

  clusters = {
    for each in var.clusters : "${coalesce(each.project, var.project_id)}/${each.location}/${each.name}" => {
      project  = coalesce(each.project, var.project_id)
      location = each.location
      name     = each.name
    }
  }
  cluster_projects = toset([for each in local.clusters : each.project])

  # A repository by its resource name; one without a location stands for all those of its project.
  repositories = {
    for each in coalesce(var.repositories, toset([for project in local.cluster_projects : "projects/${project}"])) : each => {
      project  = split("/", each)[1]
      location = try(split("/", each)[3], null)
      name     = try(split("/", each)[5], null)
    }
  }
  repository_projects = toset([for each in local.repositories : each.project])

  impersonate = { for each in var.impersonate : each.email => coalesce(each.project, var.project_id) }

  # Which settings there are, and what each accepts.
  accepted = jsondecode(file("${path.module}/settings.json"))

  # Pub/Sub's own account in this project: it pushes, and moves to the dead letters what was not acknowledged.
  pubsub_agent = "serviceAccount:service-${data.google_project.repull.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

data "google_project" "repull" {
  project_id = var.project_id
}
