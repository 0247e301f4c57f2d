"""Settings are read once, every problem is told at once, and a deployed function believes no simulator."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.model.names import ClusterKey
from functions.model.refresh import Method
from functions.settings import ACCEPTED, PARSERS, Consent, InvalidSettings, Mode, read_settings, variable

GOOD = {
    "REPULL_CLUSTERS": "acme-prod/us-central1/main, acme-prod/europe-west3-a/edge",
    "REPULL_STEP_TOPIC": "projects/acme-prod/topics/node-refresh",
    "REPULL_DEAD_LETTER_TOPIC": "projects/acme-prod/topics/dead",
}
CLOUD_RUN = {"K_SERVICE": "repull-diagnose"}


def problems(**environ: str) -> list[str]:
    with pytest.raises(InvalidSettings) as refused:
        read_settings(GOOD | environ)
    return str(refused.value).splitlines()


def test_what_must_be_set_is_enough() -> None:
    settings = read_settings(GOOD | {"HOME": "/root", "PATH": "/bin"})
    assert settings.clusters == (
        ClusterKey(project="acme-prod", location="us-central1", name="main"),
        ClusterKey(project="acme-prod", location="europe-west3-a", name="edge"),
    )
    assert settings.mode is Mode.REMEDIATE


def test_a_cluster_that_is_named_twice_is_served_once() -> None:
    assert len(read_settings(GOOD | {"REPULL_CLUSTERS": "a/b/c, a/b/d,a/b/c,"}).clusters) == 2


def test_everything_can_be_set() -> None:
    environ = {
        "REPULL_MODE": "observe",
        "REPULL_MAX_UNAVAILABLE": "10%",
        "REPULL_FORCE": "forbid",
        "REPULL_PROBES_AT_ONCE": "7",
        "REPULL_BOOT_SECONDS": " 300.5 ",
        "REPULL_COMPUTE_ENDPOINT": "http://127.0.0.1:8080/",
    }
    settings = read_settings(GOOD | environ)
    assert (settings.mode, settings.max_unavailable, settings.force) == (Mode.OBSERVE, "10%", Consent.FORBID)
    assert (settings.probes_at_once, settings.boot_seconds) == (7, 300.5)
    assert settings.compute_endpoint == "http://127.0.0.1:8080"


def test_all_problems_are_told_at_once_with_what_is_accepted() -> None:
    environ = {
        "REPULL_CLUSTERS": "main",
        "REPULL_STEP_TOPIC": "node-refresh",
        "REPULL_MODE": "Observe",
        "REPULL_MAX_UNAVAILABLE": "51",
        "REPULL_COOLDOWN_SECONDS": "-1",
        "REPULL_COLDOWN_SECONDS": "60",
    }
    with pytest.raises(InvalidSettings) as refused:
        read_settings(environ)
    told = str(refused.value).splitlines()
    assert sorted(line.split("=")[0].split(" ")[0] for line in told) == sorted([*environ, "REPULL_DEAD_LETTER_TOPIC"])
    assert all("use " in line or "see the README" in line for line in told)


@pytest.mark.parametrize(
    "name, value, accepted",
    [
        ("budget_seconds", "60", "150 (a reset, or a probe"),
        ("budget_seconds", "3600", "to 510 (the platform ends it at 540)"),
    ],
)
def test_an_invocation_fits_its_longest_call_and_the_platform(name: str, value: str, accepted: str) -> None:
    (line,) = problems(**{variable(name): value})
    assert line.startswith(f"{variable(name)}={value} is not accepted; use ")
    assert accepted in line


@pytest.mark.parametrize(
    "name, value",
    [
        ("clusters", "a/b"),
        ("clusters", "a/b/c/d"),
        ("clusters", "a/b/../c"),
        ("clusters", ","),
        ("step_topic", "projects/p/topics/ab"),
        ("force", "yes"),
        ("max_unavailable", "0"),
        ("max_unavailable", "0%"),
        ("max_unavailable", "1.5"),
        ("probes_at_once", "0"),
        ("probes_at_once", "many"),
        ("probes_at_once", "51"),
        ("holder_seconds", "0"),
        ("holder_seconds", "2.9"),
        ("holder_seconds", "540.5"),
        ("evict_retry_seconds", "0"),
        ("evict_retry_seconds", "0.09"),
        ("probe_seconds", "0"),
        ("drain_seconds", "0"),
        ("scale_down_seconds", "0"),
        ("stop_seconds", "0"),
        ("boot_seconds", "0.0"),
        ("ready_seconds", "0"),
        ("boot_seconds", "nan"),
        ("boot_seconds", "inf"),
        ("boot_seconds", "soon"),
        ("cooldown_seconds", "1e12"),
        ("compute_endpoint", "compute.googleapis.com"),
        ("compute_endpoint", "ftp://compute.googleapis.com"),
        ("compute_endpoint", "https://compute.googleapis.com?a=b"),
    ],
)
def test_a_problem_names_the_variable_the_value_and_what_is_accepted(name: str, value: str) -> None:
    (line,) = problems(**{variable(name): value})
    assert line == f"{variable(name)}={value!r} is not accepted; use {ACCEPTED[name]}"


@pytest.mark.parametrize(
    "consent, asked, given",
    [
        (Consent.FORBID, True, False),
        (Consent.FORBID, False, False),
        (Consent.ASK, True, True),
        (Consent.ASK, False, False),
        (Consent.ALLOW, True, True),
        (Consent.ALLOW, False, True),
    ],
)
def test_what_is_drastic_wants_consent(consent: Consent, asked: bool, given: bool) -> None:  # noqa: FBT001 - a column
    assert consent.given(asked=asked) is given


def test_a_misspelt_variable_is_told() -> None:
    (line,) = problems(REPULL_MODUS="observe")
    assert line.startswith("REPULL_MODUS")


def test_one_invocation_must_have_time_for_a_probe_and_for_a_reset() -> None:
    (line,) = problems(REPULL_BUDGET_SECONDS="100", REPULL_PROBE_SECONDS="120")
    assert "REPULL_BUDGET_SECONDS" in line
    assert "REPULL_PROBE_SECONDS" in line


def test_stopping_machines_must_be_allowed_besides_being_the_method() -> None:
    (line,) = problems(REPULL_METHOD="StopStart")
    assert "REPULL_ALLOW_STOP_START=on" in line
    allowed = {"REPULL_METHOD": "StopStart", "REPULL_ALLOW_STOP_START": "on"}
    assert read_settings(GOOD | allowed).method is Method.STOP_START


def test_an_outage_as_the_usual_method_must_be_allowed_besides() -> None:
    """No failure may open one that only asks for it."""
    for outage in ({}, {"REPULL_ACCEPT_OUTAGE": "ask"}, {"REPULL_ACCEPT_OUTAGE": "forbid"}):
        (line,) = problems(REPULL_METHOD="ScaleWorkloads", **outage)
        assert "REPULL_ACCEPT_OUTAGE=allow" in line
    allowed = {"REPULL_METHOD": "ScaleWorkloads", "REPULL_ACCEPT_OUTAGE": "allow"}
    assert read_settings(GOOD | allowed).method is Method.SCALE_WORKLOADS


def test_the_ends_of_what_is_accepted_are_accepted() -> None:
    for name, value in (("holder_seconds", "3"), ("holder_seconds", "540"), ("evict_retry_seconds", "0.1")):
        assert getattr(read_settings(GOOD | {variable(name): value}), name) == float(value)


@given(st.dictionaries(st.sampled_from([variable(name) for name in PARSERS]), st.text(max_size=40)))
def test_whatever_is_set_the_other_problems_are_told_too(environ: dict[str, str]) -> None:
    with pytest.raises(InvalidSettings) as refused:
        read_settings(environ | {"REPULL_CLUSTERS": "", "REPULL_MODUS": "on"})
    told = str(refused.value)
    assert "REPULL_CLUSTERS is not set" in told
    assert "REPULL_MODUS" in told


# No simulator by accident


@pytest.mark.parametrize("name", [name for name in PARSERS if name.endswith("_endpoint")])
@pytest.mark.parametrize(
    "value",
    [
        "http://127.0.0.1:8080",
        "https://127.0.0.1:8080",
        "http://compute.googleapis.com",
        "https://googleapis.com.evil.example",
        "https://compute.googleapis.com.evil.example",
        "https://evil.example/compute.googleapis.com",
        "https://compute.googleapis.com@evil.example",
        "https://compute.googleapis.com:8443",
    ],
)
def test_a_deployed_function_talks_to_google_alone(name: str, value: str) -> None:
    (line,) = problems(**CLOUD_RUN, **{variable(name): value})
    assert line.startswith(variable(name))


@pytest.mark.parametrize(
    "name",
    [
        "PUBSUB_EMULATOR_HOST",
        "GCE_METADATA_HOST",
        "GCE_METADATA_ROOT",
        "GCE_METADATA_IP",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "GOOGLE_CLOUD_UNIVERSE_DOMAIN",
    ],
)
def test_a_deployed_function_takes_no_detour_by_the_libraries_variables(name: str) -> None:
    (line,) = problems(**CLOUD_RUN, **{name: "127.0.0.1:8080"})
    assert line.startswith(name)
    assert read_settings(GOOD | {name: "127.0.0.1:8080"}) == read_settings(GOOD)


@pytest.mark.parametrize("value", ["https://compute.googleapis.com", "https://us-central1-compute.googleapis.com"])
def test_googles_own_endpoints_are_fine_when_deployed(value: str) -> None:
    settings = read_settings(GOOD | CLOUD_RUN | {"REPULL_COMPUTE_ENDPOINT": value})
    assert settings.compute_endpoint == value


def test_the_defaults_are_fine_when_deployed() -> None:
    settings: Any = read_settings(GOOD | CLOUD_RUN)
    endpoints = [getattr(settings, name) for name in PARSERS if name.endswith("_endpoint")]
    assert all(not endpoint or endpoint.endswith(".googleapis.com") for endpoint in endpoints)
