# What the functions, and the people who operate them, may do in Google Cloud, and no more. The functions' permissions stand
# beside the calls in functions/adapters, the operators' in docs/cli.md; tests hold permissions.json to both.
#
#   scope       granted on                                   what for
#   cluster     every cluster's project                      read cluster, machines and groups; refresh: renew a machine
#   repository  each repository, or the project of all       does the image exist? who is let in by the repository itself? operators: before a start
#   policy      the repositories' projects                   who is let in by the project?
#   hierarchy   the organization, if it is named             who is let in by what lies above?
#   grants      the repositories' projects, if asked for     how old is a grant?
#   token       each account that may be impersonated        try the image as the node does
#   publish     the step topic, and its own dead letters     open a refresh, hand over, keep what can never succeed
#   trail       the functions' project                       operators: read the audit trail with repull audit

locals {
  permissions = jsondecode(file("${path.module}/permissions.json"))

  # A project's custom role can be granted in that project alone.
  _projects = {
    "diagnose.cluster"    = local.cluster_projects
    "diagnose.repository" = local.repository_projects
    "diagnose.policy"     = local.repository_projects
    "diagnose.grants"     = var.read_audit_log ? local.repository_projects : toset([])
    "diagnose.token"      = toset(values(local.impersonate))
    "diagnose.publish"    = toset([var.project_id])
    "refresh.cluster"     = local.cluster_projects
    "refresh.publish"     = toset([var.project_id])
    "operator.cluster"    = local.cluster_projects
    "operator.repository" = local.repository_projects
    "operator.trail"      = toset([var.project_id])
    "operator.publish"    = toset([var.project_id])
  }

  members = merge(
    { for account, each in google_service_account.function : account => each.member },
    { operator = google_service_account.operator.member },
  )

  # Who may look into which repository. The diagnosis' keys bear no account: a key that changes takes a grant away for a while.
  readings = {
    for each in setproduct(keys(local.repositories), [for account, scopes in local.permissions : account if can(scopes.repository)]) :
    each[1] == "diagnose" ? each[0] : "${each[0]}/${each[1]}" => merge(local.repositories[each[0]], { account = each[1] })
  }

  roles = merge([
    for account, scopes in local.permissions : merge([
      for scope, permissions in scopes : {
        for project in lookup(local._projects, "${account}.${scope}", []) : "${project}/${account}.${scope}" => {
          project     = project
          role_id     = "repull.${account}.${scope}"
          title       = "repull ${account}: ${scope}"
          permissions = permissions
        }
      }
    ]...)
  ]...)
}

resource "google_project_iam_custom_role" "role" {
  for_each = local.roles

  project     = each.value.project
  role_id     = each.value.role_id
  title       = each.value.title
  permissions = each.value.permissions

  depends_on = [google_project_service.service]
}

# Folders' and organizations' permissions are not accepted in a project's role.
resource "google_organization_iam_custom_role" "hierarchy" {
  count = var.organization_id == null ? 0 : 1

  org_id      = var.organization_id
  role_id     = "repull.diagnose.hierarchy"
  title       = "repull diagnose: hierarchy"
  permissions = local.permissions.diagnose.hierarchy
}

resource "google_project_iam_member" "cluster" {
  for_each = {
    for each in setproduct(local.cluster_projects, keys(local.members)) : "${each[0]}/${each[1]}" => { project = each[0], account = each[1] }
  }

  project = each.value.project
  role    = google_project_iam_custom_role.role["${each.value.project}/${each.value.account}.cluster"].id
  member  = local.members[each.value.account]
}

resource "google_project_iam_member" "trail" {
  project = var.project_id
  role    = google_project_iam_custom_role.role["${var.project_id}/operator.trail"].id
  member  = local.members.operator
}

resource "google_artifact_registry_repository_iam_member" "repository" {
  for_each = { for key, each in local.readings : key => each if each.name != null }

  project    = each.value.project
  location   = each.value.location
  repository = each.value.name
  role       = google_project_iam_custom_role.role["${each.value.project}/${each.value.account}.repository"].id
  member     = local.members[each.value.account]
}

resource "google_project_iam_member" "repositories" {
  for_each = { for key, each in local.readings : each.account == "diagnose" ? each.project : "${each.project}/${each.account}" => each if each.name == null }

  project = each.value.project
  role    = google_project_iam_custom_role.role["${each.value.project}/${each.value.account}.repository"].id
  member  = local.members[each.value.account]
}

resource "google_project_iam_member" "policy" {
  for_each = local.repository_projects

  project = each.value
  role    = google_project_iam_custom_role.role["${each.value}/diagnose.policy"].id
  member  = google_service_account.function["diagnose"].member
}

resource "google_organization_iam_member" "hierarchy" {
  count = var.organization_id == null ? 0 : 1

  org_id = var.organization_id
  role   = google_organization_iam_custom_role.hierarchy[0].id
  member = google_service_account.function["diagnose"].member
}

resource "google_project_iam_member" "grants" {
  for_each = var.read_audit_log ? local.repository_projects : toset([])

  project = each.value
  role    = google_project_iam_custom_role.role["${each.value}/diagnose.grants"].id
  member  = google_service_account.function["diagnose"].member
}

resource "google_service_account_iam_member" "token" {
  for_each = local.impersonate

  service_account_id = "projects/${each.value}/serviceAccounts/${each.key}"
  role               = google_project_iam_custom_role.role["${each.value}/diagnose.token"].id
  member             = google_service_account.function["diagnose"].member
}
