"""What infra/cluster lets each account do, at most, held against what the accounts really asked for."""

from collections.abc import Iterator
from http.client import FORBIDDEN
from pathlib import Path
from typing import Any

import yaml

from sandbox import deployment
from sandbox.books import REVIEWS, Books, Call

_FOLDER = Path(__file__).parents[2] / "infra/cluster"
ALWAYS, OPTIONAL = _FOLDER / "rbac.yaml", _FOLDER / "optional/scale-workloads.yaml"
REVIEW = (REVIEWS, "create")
"""What everybody whom a cluster knows may do, by ClusterRole system:basic-user."""

Allowed = tuple[str, str, str, str]
"""Account, namespace ("" is everywhere), resource, verb."""


def beyond(books: Books, *, in_vain: bool = False) -> set[str]:
    """Calls of the functions' accounts that their roles don't cover.

    An optional role may come and go within a story, and is known by what it lets through: what is refused was tried
    without it, unless the story refuses it (`in_vain`).
    """
    always, optional = _granted(ALWAYS), _granted(OPTIONAL)
    accounts = {row[0] for row in always}
    calls = (call for call in books.calls(api="kubernetes") if call.user in accounts)
    return {
        f"{call.user} {call.verb} {call.resource} in {call.namespace!r}"
        for call in calls
        if not covers(always if call.status == FORBIDDEN and not in_vain else always | optional, call)
    }


def _granted(manifest: Path) -> set[Allowed]:
    return set(rows(list(yaml.safe_load_all(manifest.read_text()))))


def covers(allowed: set[Allowed], call: Call) -> bool:
    return (call.resource, call.verb) == REVIEW or any(
        (call.user, place, call.resource, call.verb) in allowed for place in ("", call.namespace)
    )


def rows(documents: list[dict[str, Any]]) -> Iterator[Allowed]:
    rules = {(each["kind"], each["metadata"]["name"]): each["rules"] for each in documents if "rules" in each}
    for binding in (each for each in documents if "roleRef" in each):
        namespace = binding["metadata"].get("namespace", "")
        for subject in binding["subjects"]:
            account = subject["name"].replace("PROJECT_ID", deployment.PROJECT)
            for rule in rules[binding["roleRef"]["kind"], binding["roleRef"]["name"]]:
                for resource in rule["resources"]:
                    for verb in rule["verbs"]:
                        yield account, namespace, resource, verb
