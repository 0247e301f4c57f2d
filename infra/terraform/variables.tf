variable "audit_retention_days" {
  description = "Days for which the audit trail is kept in its log bucket, 1 to 3650."
  type        = number
  default     = 400
  nullable    = false

  validation {
    condition     = var.audit_retention_days == floor(var.audit_retention_days) && var.audit_retention_days >= 1 && var.audit_retention_days <= 3650
    error_message = "audit_retention_days is not accepted; use a whole number of days from 1 to 3650."
  }
}

variable "auditors" {
  description = "Who may read the audit trail, as IAM members such as group:sre@example.com."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for each in var.auditors : can(regex("^(user|group|domain|serviceAccount|principal|principalSet):.+", each))])
    error_message = "auditors holds what is no IAM member; use user:, group:, domain:, serviceAccount:, principal: or principalSet: and a name. Everybody is not one."
  }
}

variable "clusters" {
  description = "The clusters that are served. A cluster's project is project_id where it names none."
  type = list(object({
    name     = string
    location = string
    project  = optional(string)
  }))
  nullable = false

  validation {
    condition     = length(var.clusters) > 0
    error_message = "clusters is empty; name at least one, such as [{ name = \"main\", location = \"us-central1\" }]."
  }

  validation {
    condition     = alltrue([for each in var.clusters : can(regex("^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$", each.name))])
    error_message = "clusters holds a name that GKE would not accept; use 1 to 40 lower case letters, digits and dashes, a letter first."
  }

  validation {
    condition     = alltrue([for each in var.clusters : can(regex("^[a-z]+-[a-z]+[0-9]+(-[a-z])?$", each.location))])
    error_message = "clusters holds a location that is neither a region nor a zone; use one such as us-central1 or us-central1-a."
  }

  validation {
    condition     = alltrue([for each in var.clusters : each.project == null || can(regex("^[a-z][-a-z0-9]{4,28}[a-z0-9]$", each.project))])
    error_message = "clusters holds what is no project id; use the id, not the number or the name."
  }

  validation {
    condition     = length(distinct([for each in var.clusters : "${coalesce(each.project, var.project_id)}/${each.location}/${each.name}"])) == length(var.clusters)
    error_message = "clusters names one cluster twice."
  }
}

variable "impersonate" {
  description = "Nodes' service accounts of which a token may be minted, to try the image as the node does. An account's project is project_id where it names none."
  type = list(object({
    email   = string
    project = optional(string)
  }))
  default  = []
  nullable = false

  validation {
    condition     = alltrue([for each in var.impersonate : can(regex("^[a-z0-9-]+@[a-z0-9.-]+[.]gserviceaccount[.]com$", each.email))])
    error_message = "impersonate holds what is no service account; use its e-mail address, which ends with gserviceaccount.com."
  }

  validation {
    condition     = length(distinct(var.impersonate[*].email)) == length(var.impersonate)
    error_message = "impersonate names one account twice."
  }

  validation {
    condition     = alltrue([for each in var.impersonate : each.project == null || can(regex("^[a-z][-a-z0-9]{4,28}[a-z0-9]$", each.project))])
    error_message = "impersonate holds what is no project id; use the id, not the number or the name."
  }
}

variable "method" {
  description = "How machines are renewed where the message doesn't say: Reset, StopStart, Recreate or ScaleWorkloads."
  type        = string
  default     = "Reset"
  nullable    = false

  validation {
    condition     = contains(["Reset", "StopStart", "Recreate", "ScaleWorkloads"], var.method)
    error_message = "method is not accepted; use Reset, StopStart, Recreate or ScaleWorkloads."
  }

  validation {
    condition     = var.method != "StopStart" || lookup(var.settings, "allow_stop_start", "off") == "on"
    error_message = "method StopStart changes the sizes of instance groups for a while; use settings = { allow_stop_start = \"on\" } with it."
  }

  validation {
    condition     = var.method != "ScaleWorkloads" || lookup(var.settings, "accept_outage", "ask") == "allow"
    error_message = "method ScaleWorkloads is an outage of the workloads; use settings = { accept_outage = \"allow\" } with it."
  }
}

variable "mode" {
  description = "What is done: observe diagnoses, says what would be done and writes nothing; remediate does it. Begin with observe."
  type        = string
  default     = "observe"
  nullable    = false

  validation {
    condition     = contains(["observe", "remediate"], var.mode)
    error_message = "mode is not accepted; use observe or remediate."
  }
}

variable "network" {
  description = "Where the functions enter the VPC (Direct VPC egress), for clusters that have nothing but a private IP endpoint. None is needed for the DNS endpoint."
  type = object({
    network    = string
    subnetwork = string
    tags       = optional(list(string), [])
  })
  default = null

  validation {
    condition     = var.network == null || can(regex("^projects/[^/]+/regions/${var.region}/subnetworks/[^/]+$", var.network.subnetwork))
    error_message = "network.subnetwork is not accepted; use projects/PROJECT/regions/REGION/subnetworks/NAME, in the functions' region."
  }

  validation {
    condition     = var.network == null || can(regex("^projects/[^/]+/global/networks/[^/]+$", var.network.network))
    error_message = "network.network is not accepted; use projects/PROJECT/global/networks/NAME."
  }
}

variable "notification_channels" {
  description = "Whom the alerts tell. Without any they are seen in the console alone."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for each in var.notification_channels : can(regex("^projects/[^/]+/notificationChannels/[0-9]+$", each))])
    error_message = "notification_channels holds what is none; use projects/PROJECT/notificationChannels/NUMBER."
  }
}

variable "operators" {
  description = "Who may start, stop and resume refreshes by hand, as IAM members such as group:sre@example.com. They do it as the account repull-operator, so that it stands in Cloud Audit Logs who it was."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for each in var.operators : can(regex("^(user|group|serviceAccount|principal|principalSet):.+", each))])
    error_message = "operators holds what is no person, group or account; use user:, group:, serviceAccount:, principal: or principalSet: and a name."
  }
}

variable "organization_id" {
  description = "The organization's number, where the diagnosis may read the allow policies of the organization and its folders. Without it a grant that stands there is known only through Policy Troubleshooter."
  type        = string
  default     = null

  validation {
    condition     = var.organization_id == null || can(regex("^[0-9]+$", var.organization_id))
    error_message = "organization_id is not accepted; use the number, without organizations/."
  }
}

variable "project_id" {
  description = "The project that everything is made in. The clusters may be in others."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][-a-z0-9]{4,28}[a-z0-9]$", var.project_id))
    error_message = "project_id is not accepted; use the id, not the number or the name."
  }
}

variable "pull_secret_namespaces" {
  description = "Namespaces in which the diagnosis may read the imagePullSecrets that pods name; each needs infra/cluster/optional/pull-secrets.yaml."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for each in var.pull_secret_namespaces : can(regex("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", each))])
    error_message = "pull_secret_namespaces holds what is no namespace; use names, * is none."
  }
}

variable "read_audit_log" {
  description = "Whether the diagnosis reads in Cloud Audit Logs how old a grant is; on the repositories' projects."
  type        = bool
  default     = false
  nullable    = false
}

variable "region" {
  description = "Where the functions, their messages and their logs are."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region is not accepted; use one such as us-central1."
  }
}

variable "repositories" {
  description = "What the diagnosis and the operators may read of Artifact Registry: repositories, or all those of a project. Without it, all those of the clusters' projects."
  type        = set(string)
  default     = null

  validation {
    condition     = alltrue([for each in coalesce(var.repositories, []) : can(regex("^projects/[a-z][-a-z0-9]{4,28}[a-z0-9](/locations/[a-z0-9-]+/repositories/[a-z0-9.-]+)?$", each))])
    error_message = "repositories holds what is none; use projects/PROJECT/locations/LOCATION/repositories/NAME, or projects/PROJECT for all of a project."
  }
}

# A map, not an object: of an object Terraform drops what it doesn't know, and a guard with a typing error would be none.
variable "settings" {
  description = "The functions' other settings: those of the README's table, in lower case and without REPULL_, such as { max_unavailable = 2, windows = \"Mon-Fri 22:00-05:00\" }. What is left out has the default that stands there."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name, _ in var.settings : contains(keys(local.accepted), name)])
    error_message = "settings holds what is none: ${join(", ", [for name, _ in var.settings : name if !contains(keys(local.accepted), name)])}; use ${join(", ", keys(local.accepted))}."
  }

  validation {
    condition     = alltrue([for name, value in var.settings : can(regex(local.accepted[name].pattern, value)) if contains(keys(local.accepted), name)])
    error_message = join("\n", [for name, value in var.settings : "settings.${name} = ${value} is not accepted; use ${local.accepted[name].accepted}." if contains(keys(local.accepted), name) && !can(regex(local.accepted[name].pattern, value))])
  }

  validation {
    condition = try(
      tonumber(lookup(var.settings, "budget_seconds", "480")) >= max(60, tonumber(lookup(var.settings, "probe_seconds", "120"))) + 30 &&
      tonumber(lookup(var.settings, "budget_seconds", "480")) <= 510,
      true
    )
    error_message = "settings.budget_seconds is not accepted; use 30 more than the longest call (a reset's 60 seconds, or probe_seconds) to 510, since the platform ends it at 540."
  }

  # No pattern can tell how far two times are apart.
  validation {
    condition = alltrue([
      for each in regexall("([0-2][0-9]):([0-5][0-9])-([0-2][0-9]):([0-5][0-9])", lookup(var.settings, "windows", "")) :
      (1440 + each[2] * 60 + each[3] - each[0] * 60 - each[1]) % 1440 >= 15 || join(":", each) == "00:00:24:00"
    ])
    error_message = "settings.windows is not accepted; use ${local.accepted.windows.accepted}."
  }
}

variable "source_archive" {
  description = "The functions' source as a zip archive on this machine; make package builds it."
  type        = string
  nullable    = false

  validation {
    condition     = endswith(var.source_archive, ".zip")
    error_message = "source_archive is not accepted; use the path of the .zip that make package has printed."
  }
}

variable "source_sha256" {
  description = "The archive's SHA-256, as make package prints it. It names the archive in the bucket, so that another source is another deployment and the same one is none."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9a-f]{64}$", var.source_sha256))
    error_message = "source_sha256 is not accepted; use the 64 hexadecimal digits that make package has printed."
  }
}
