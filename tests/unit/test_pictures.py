"""The pictures of docs/ show what is there: every arrow and every grant leads to a resource, and none is left out."""

import json
from pathlib import Path

import pytest

from tools import architecture, permissions

ROOT = Path(__file__).parents[2]
BUILDS = {
    "google_project_iam_member.build_source",
    "google_artifact_registry_repository_iam_member.build",
    "google_project_iam_member.build_log",
}
LOOKS_ON = {
    "google_service_account_iam_member.push",
    "google_project_iam_member.auditor",
    "google_project_iam_member.trail",
}
"""Grants by which nothing passes that the architecture shows: the permissions show them."""


def test_the_pictures_and_the_tables_below_them_are_current() -> None:
    assert architecture.PICTURE.read_text() == architecture.picture(), "python -m tools.architecture draws it anew"
    assert architecture.table() in architecture.PAGE.read_text(), "python -m tools.architecture writes it anew"
    assert permissions.PICTURE.read_text() == permissions.picture(), "python -m tools.permissions draws it anew"
    assert permissions.table() in permissions.PAGE.read_text(), "python -m tools.permissions writes it anew"


@pytest.mark.parametrize("arrow", architecture.arrows(), ids=lambda each: str(each.number))
def test_behind_an_arrow_are_resources_and_code_that_exist(arrow: architecture.Arrow) -> None:
    there = architecture.resources() | architecture.objects()

    assert arrow.terraform
    assert [name for name in (*arrow.terraform, *arrow.cluster) if name not in there] == []
    assert arrow.code
    assert all(architecture.module(name).exists() for name in arrow.code)


def test_a_name_that_the_code_does_not_have_is_refused() -> None:
    with pytest.raises(LookupError, match="never_was"):
        architecture.module("functions.sweep.never_was")


def test_every_way_in_and_out_is_behind_an_arrow() -> None:
    kinds = ("_iam_member", "_sink", "_subscription", "_scheduler_job", "_alert_policy", "_metric")
    ways = {name for name in architecture.resources() if name.partition(".")[0].endswith(kinds)}
    shown = {name for arrow in architecture.arrows() for name in arrow.terraform}

    assert sorted(ways - shown - BUILDS - LOOKS_ON) == []


def test_every_grant_that_terraform_makes_is_shown_with_its_purpose() -> None:
    made = {name for name in architecture.resources() if name.partition(".")[0].endswith("_iam_member")}
    shown = {name for grant in permissions.grants() for name in grant.made_by}

    assert sorted(made - shown) == []
    assert all(grant.why for grant in permissions.grants())


def test_every_permission_of_the_functions_is_shown_and_no_other() -> None:
    listed = json.loads(permissions.GOOGLE.read_text())
    for name, scopes in listed.items():
        shown = [grant for grant in permissions.grants() if grant.account == f"repull-{name}"]
        at_google = [one.text for grant in shown for one in grant.may if ": " not in one.text]

        assert sorted(at_google) == sorted(each for scope in scopes.values() for each in scope)


def test_every_role_of_the_cluster_is_shown() -> None:
    roles = {name for name in architecture.objects() if name.startswith(("ClusterRole/", "Role/"))}
    shown = {name for grant in permissions.grants() for name in grant.made_by if "/" in name}

    assert shown == roles


def test_what_takes_pods_or_machines_is_marked() -> None:
    marked = {one.text for grant in permissions.grants() for one in grant.may if one.effect is permissions.Effect.ACTS}

    assert {"compute.instances.reset", "pods/eviction: create", "nodes: get, list, watch, patch"} < marked
    assert not any(one.startswith(("events", "noderefreshes", "pods/log", "secrets")) for one in marked)
