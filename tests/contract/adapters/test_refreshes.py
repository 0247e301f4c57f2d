"""NodeRefreshes survive the round trip through a real API server, and lose no write."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.adapters.kube_records import decode, encode
from functions.errors import Conflict, NotFound, Refused
from functions.model.names import ClusterKey, ImageRef, Repository
from functions.model.refresh import (
    Condition,
    Mark,
    Method,
    Outcome,
    Phase,
    RefreshPhase,
    RefreshSpec,
    RefreshStatus,
    Slot,
)
from functions.model.verdict import Contrast
from tests.contract.adapters.product import KEY
from tests.contract.adapters.server import Server

SPEC = RefreshSpec(
    cluster=KEY,
    account="gke-nodes@acme-prod.iam.gserviceaccount.com",
    repository=Repository(project="acme-prod", location="us-central1", name="apps"),
    image=ImageRef.parse("us-central1-docker.pkg.dev/acme-prod/apps/api:v1"),
    first_nodes=("a", "b"),
    contrast=Contrast.PROVEN,
)

moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=40)
words = st.from_regex(r"[a-z]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
counts = st.integers(0, 2**31 - 1)


def tuples(each: st.SearchStrategy[Any], most: int) -> st.SearchStrategy[Any]:
    return st.lists(each, max_size=most).map(tuple)


slots = st.builds(
    Slot,
    index=counts,
    step=counts,
    phase=st.sampled_from(Phase),
    node=texts,
    group=texts,
    target_size=st.none() | counts,
    target_stopped_size=st.none() | counts,
    escalated=st.booleans(),
    attempt=counts,
    cordoned_before=st.booleans(),
    renewed_at=st.none() | moments,
    deadline=st.none() | moments,
    holder=texts,
    holder_expires=st.none() | moments,
    marks=tuples(st.builds(Mark, node=words, outcome=st.sampled_from(Outcome)), 3),
)
statuses = st.builds(
    RefreshStatus,
    phase=st.sampled_from(RefreshPhase),
    message=texts,
    total=st.none() | counts,
    places=st.integers(1, 50),
    fresh=counts,
    any_passed=st.booleans(),
    stopping=texts,
    not_before=st.none() | moments,
    started_at=st.none() | moments,
    slots=st.lists(slots, max_size=3, unique_by=lambda slot: slot.index).map(tuple),
    notes=tuples(texts, 3),
    conditions=st.lists(
        st.builds(Condition, type=words, status=st.booleans(), reason=words, message=words, since=moments),
        max_size=3,
        unique_by=lambda condition: condition.type,
    ).map(tuple),
)
specs = st.builds(
    RefreshSpec,
    cluster=st.builds(ClusterKey, project=words, location=words, name=words),
    account=texts,
    repository=st.none() | st.builds(Repository, project=words, location=words, name=words),
    image=st.none() | st.just(SPEC.image),
    reason=texts,
    method=st.sampled_from(Method),
    nodes=tuples(words, 3),
    delete_local_ssd=st.booleans(),
    force=st.booleans(),
    max_unavailable=st.sampled_from(["1", "10", "25%"]),
    contrast=st.sampled_from(Contrast),
)


@settings(deadline=None)
@given(spec=specs, status=statuses)
def test_every_record_survives_json(spec: RefreshSpec, status: RefreshStatus) -> None:
    assert decode(RefreshSpec, encode(spec), "spec") == spec
    assert decode(RefreshStatus, encode(status), "status") == status


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(spec=specs, status=statuses)
def test_every_record_survives_the_api_server(server: Server, spec: RefreshSpec, status: RefreshStatus) -> None:
    """Its schema prunes what it does not know, and refuses what has another type."""
    refreshes = server.cluster.refreshes
    created = refreshes.create("round-trip", spec)
    assert created is not None
    assert created.spec == spec
    assert created.status == RefreshStatus()

    written = refreshes.write(created, status)

    assert written.status == status
    assert refreshes.get("round-trip") == written
    assert refreshes.all() == (written,)
    refreshes.delete(written)
    assert refreshes.get("round-trip") is None


def test_a_doubled_create_opens_nothing_new(server: Server) -> None:
    first = server.cluster.refreshes.create("r", SPEC)

    assert first is not None
    assert server.cluster.refreshes.create("r", replace(SPEC, reason="again")) is None
    assert server.cluster.refreshes.get("r") == first


def test_of_two_writers_one_loses(server: Server) -> None:
    created = server.cluster.refreshes.create("r", SPEC)
    assert created is not None
    won = server.cluster.refreshes.write(created, RefreshStatus(message="first"))

    with pytest.raises(Conflict):
        server.cluster.refreshes.write(created, RefreshStatus(message="second"))

    assert server.cluster.refreshes.get("r") == won


def test_a_write_whose_answer_was_lost_shows_as_a_lost_race(server: Server) -> None:
    """So that the writer reads again, instead of writing twice."""
    created = server.cluster.refreshes.create("r", SPEC)
    assert created is not None
    server.fault(verb="update", resource="noderefreshes/status", drop=True)
    with pytest.raises(Exception, match="no answer"):
        server.cluster.refreshes.write(created, RefreshStatus(message="arrived"))

    with pytest.raises(Conflict):
        server.cluster.refreshes.write(created, RefreshStatus(message="again"))

    found = server.cluster.refreshes.get("r")
    assert found is not None
    assert found.status.message == "arrived"


def test_writing_what_was_deleted_or_made_anew(server: Server) -> None:
    created = server.cluster.refreshes.create("r", SPEC)
    assert created is not None
    server.cluster.refreshes.delete(created)
    server.cluster.refreshes.delete(created)
    with pytest.raises(NotFound):
        server.cluster.refreshes.write(created, RefreshStatus())

    again = server.cluster.refreshes.create("r", SPEC)
    with pytest.raises(Conflict):
        server.cluster.refreshes.write(created, RefreshStatus())
    server.cluster.refreshes.delete(created)  # it is bound to the uid
    assert server.cluster.refreshes.get("r") == again


def test_times_keep_their_microseconds_even_where_these_are_zero(server: Server) -> None:
    created = server.cluster.refreshes.create("r", SPEC)
    assert created is not None
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)

    written = server.cluster.refreshes.write(
        created, RefreshStatus(started_at=noon, ended_at=noon + timedelta(microseconds=1))
    )

    stored = server.stored("noderefreshes", "r")["status"]
    assert (stored["startedAt"], stored["endedAt"]) == ("2026-11-24T12:00:00.000000Z", "2026-11-24T12:00:00.000001Z")
    assert written.status.started_at == noon


def test_fields_of_a_newer_version_are_ignored() -> None:
    newer = encode(SPEC) | {"tomorrow": {"x": 1}}

    assert decode(RefreshSpec, newer, "spec") == SPEC


@pytest.mark.parametrize(
    "spoil, said",
    [
        ({"method": "Replace"}, "spec.method: 'Replace'"),
        ({"image": "::"}, "spec.image: '::'"),
        ({"cluster": "main"}, "spec.cluster: 'main'"),
    ],
)
def test_what_this_version_does_not_understand_is_named(spoil: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        decode(RefreshSpec, encode(SPEC) | spoil, "spec")


def test_a_refresh_that_cannot_be_read_says_how_to_get_rid_of_it(server: Server) -> None:
    spec = encode(SPEC) | {"image": "::"}
    kind = {"apiVersion": "repull.dev/v1alpha1", "kind": "NodeRefresh"}
    server.create("noderefreshes", {**kind, "metadata": {"name": "odd"}, "spec": spec})

    with pytest.raises(Refused, match=r"NodeRefresh odd: spec\.image.*kubectl delete noderefresh odd"):
        server.cluster.refreshes.get("odd")
