"""What Cloud Logging is asked for the audit trail."""

from datetime import UTC, datetime, timedelta, timezone

from repull.trail import Question, query
from sandbox.loggingquery import Query

AT = datetime(2026, 1, 1, 12, tzinfo=UTC)


def asked(**fields: object) -> str:
    found = {"refresh": "", "node": "", "events": (), "since": AT, "until": AT + timedelta(hours=1)} | fields
    return query(Question(project="acme-prod", cluster="acme-prod/us-central1/main", **found))  # type: ignore[arg-type]


def entry(**fields: object) -> dict[str, object]:
    said = {"event": "repull.reset", "cluster": "acme-prod/us-central1/main", "refresh": "r", "node": "n"} | fields
    return {
        "resource": {"type": "cloud_run_revision"},
        "timestamp": "2026-01-01T12:30:00+00:00",
        "jsonPayload": said,
    }


def test_a_question_is_about_its_fields_and_no_others() -> None:
    whole = Query.parse(asked(refresh="r", node="n", events=("repull.reset", "repull.renewed")))

    assert whole.matches(entry())
    assert whole.matches(entry(event="repull.renewed"))
    for other in ({"refresh": "r2"}, {"node": "n2"}, {"event": "repull.plan"}, {"cluster": "acme-prod/us-central1/b"}):
        assert not whole.matches(entry(**other))
    assert Query.parse(asked()).matches(entry(refresh="r2", event="repull.plan"))
    assert not Query.parse(asked()).matches(entry(event="somebody.else"))


def test_times_are_asked_for_as_what_they_are_in_utc() -> None:
    east = AT.astimezone(timezone(timedelta(hours=5)))

    assert 'timestamp>="2026-01-01T12:00:00+00:00"' in asked(since=east)
    assert not Query.parse(asked(since=AT + timedelta(minutes=31))).matches(entry())
    assert not Query.parse(asked(until=AT + timedelta(minutes=29))).matches(entry())


def test_a_quote_in_a_name_does_not_end_it() -> None:
    sly = 'r" OR jsonPayload.event:"repull.'

    assert not Query.parse(asked(refresh=sly)).matches(entry())
    assert Query.parse(asked(refresh=sly)).matches(entry(refresh=sly))
    assert Query.parse(asked(refresh="back\\slash")).matches(entry(refresh="back\\slash"))
