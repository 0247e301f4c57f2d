"""What a story's accounts may have asked for, and what they may not."""

from datetime import UTC, datetime
from http.client import FORBIDDEN, OK

import pytest

from sandbox import deployment
from sandbox.books import Books, Call
from tests.e2e import roles

SCALING = "patch", "deployments"


def asked(verb: str, resource: str, *, user: str = deployment.REFRESH, status: int = OK) -> Books:
    call = Call(
        at=datetime.now(UTC),
        api="kubernetes",
        user=user,
        verb=verb,
        resource=resource,
        namespace="prod-app",
        status=status,
    )
    books = Books()
    books.write(call)
    return books


@pytest.mark.parametrize("status", [OK, FORBIDDEN])
def test_what_every_installation_grants_may_be_tried(status: int) -> None:
    assert roles.beyond(asked("patch", "nodes", status=status)) == set()


def test_what_an_optional_role_grants_may_be_done_where_it_is_applied() -> None:
    assert roles.beyond(asked(*SCALING)) == set()
    (said,) = roles.beyond(asked(*SCALING, user=deployment.DIAGNOSE))
    assert said == f"{deployment.DIAGNOSE} patch deployments in 'prod-app'"


def test_it_is_not_tried_where_it_is_not_unless_the_story_refuses_it() -> None:
    refused = asked(*SCALING, status=FORBIDDEN)
    assert roles.beyond(refused) == {f"{deployment.REFRESH} patch deployments in 'prod-app'"}
    assert roles.beyond(refused, in_vain=True) == set()


@pytest.mark.parametrize("in_vain", [False, True])
def test_what_no_role_grants_is_beyond(*, in_vain: bool) -> None:
    assert roles.beyond(asked("delete", "nodes", status=FORBIDDEN), in_vain=in_vain)
