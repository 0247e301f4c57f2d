"""docs/runbook.md has every sentence of the code's that needs a person, word for word, and no other."""

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from functions import events, holding
from functions.errors import Refused
from functions.methods import CALLS
from functions.model.google import GkeCluster
from functions.model.names import ClusterKey
from functions.model.refresh import Outcome, Refresh, RefreshPhase, RefreshSpec, RefreshStatus
from functions.ports import Brakes, Pause
from functions.settings import Settings

ROOT = Path(__file__).parents[2]
RUNBOOK = (ROOT / "docs/runbook.md").read_text()
SPEAKERS = (
    *("guards", "evictions", "holding", "replacements", "restarts", "restoring", "room", "probe"),
    *("beginning", "breaker", "cooldown", "eligibility", "settings/choices", "summary", "tidying", "upkeep"),
    "verifiable",
    *(f"phases/{each.stem}" for each in sorted(ROOT.glob("functions/phases/*.py"))),
    *(f"methods/{each.stem}" for each in sorted(ROOT.glob("functions/methods/*.py"))),
)
"""The modules whose sentences say why a node is not renewed, not given back, or not taken."""
WORD = re.compile(r"[a-z]{2}")
COMMAND = re.compile(r"^kubectl (-n|annotate) |'{|^gcloud container |^--location=")
"""Parts of the commands that undo something, or show why; whole, they have a test of their own."""
TELLING = ("record", "on_node", "on_refresh", "on_pod")
"""The calls that tell what goes on: the runbook has those by their names."""
NEWS = {
    "by hand: …",
    "it runs",
    "given back",
    "takes back what … has left on …",
    "its machine is … still",
    "its pool's autoscaler has not removed it yet",
    "… in scope",
    "forced: renewed whether or not it can pull",
    "no node in scope",
    "not begun",
    "… not reached",
    "… not there",
    "stays cordoned, as GKE drains it",
    "stays cordoned, as somebody else wants it",
    "takes pods again",
    "takes its cordon off …",
    "takes its marks off …, which stays cordoned",
    "keeps new pods off …, which can't pull: taint …, …",
    "… can't be asked whether it is at work: …",
    "…: not asked yet whether it is at work",
    "keeps new pods off … no longer: takes off the taint …",
    "… has not logged …",
    "… is not READY",
    "… has no place yet",
    "node …: renewed and verified",
    "node …: removed, and what was scaled for it is READY again",
    "scaled Deployment … from … to 0, until node … is gone",
    "Deployment … has … again…",
    "started machine …",
    "has asked for machine … to be started",
    "has asked for machine … to be …",
    "gives Deployment … its … back",
    "leaves Deployment … the … that somebody has set meanwhile",
    "node …: renewed and verified; for another reason …",
    "node …: renewed and verified; whether its pods are at work can't be found out: …",
    "node …: renewed and verified; without a place: …",
    "node …: gone or re-created …",
    "re-creation by others",
    "before it was touched",
    "before it was cordoned",
    "during its drain",
    "before its renewal",
    "before its removal",
    "node …: excluded by label …",
    "node …: created after the refresh began",
    "a probe of ours",
    "a static pod of the kubelet",
    "stuck terminating: its kubelet does not answer",
    "managed by DaemonSet …",
    "the kubelet pulled …: imageID …",
    "the registry let the node look: …",
    "stop and start",
    "nobody said why",
    "… since … UTC",
    "no next one is known",
}
"""What ends well, or leaves nothing to do."""


def template(node: ast.expr) -> str:
    """A string of the code, with … for whatever it is filled with."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(template(part) for part in parts)
        case _:
            return "…"


def sentences(code: ast.AST) -> Iterator[str]:
    """Every string of at least two words, but for docstrings and what only tells of progress."""
    for node in ast.iter_child_nodes(code):
        match node:
            case ast.Expr(value=ast.Constant()):
                continue
            case ast.Call(func=ast.Attribute(attr=name)) if name in TELLING:
                continue
            case ast.JoinedStr() | ast.Constant(value=str()):
                said = template(node)
                if len(re.findall(r"\b[a-z]{2,}\b", said, re.IGNORECASE)) >= 2 and " " in said:
                    yield said
            case _:
                yield from sentences(node)


@cache
def spoken() -> set[str]:
    found = {said for name in SPEAKERS for said in sentences(ast.parse((ROOT / f"functions/{name}.py").read_text()))}
    return {said for said in found if not COMMAND.search(said)}


@cache
def refusals() -> set[str]:
    """What nothing but a person can change: the sentences with which an adapter, or who uses it, gives up."""
    calls = (
        node
        for file in (ROOT / "functions").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == Refused.__name__
    )
    found = (template(call.args[0]) for call in calls)
    return {said for said in found if WORD.search(said)}


def section(heading: str) -> str:
    """From a heading to the next that is not below it."""
    (depth,) = re.findall(rf"^(#+) {re.escape(heading)}$", RUNBOOK, re.MULTILINE)
    return re.split(rf"^#{{1,{len(depth)}}} ", RUNBOOK.split(f"\n{depth} {heading}\n")[1], flags=re.MULTILINE)[0]


def first_cells(heading: str) -> list[str]:
    """What stands as code in the first cell of every row."""
    cells = re.findall(r"^\| (.+?) \|", section(heading), re.MULTILINE)
    return [code for cell in cells for code in re.findall(r"`(.+?)`", cell)]


def test_every_sentence_that_needs_a_person_is_in_the_runbook() -> None:
    told = set(re.findall(r"`([^`\n]+)`", RUNBOOK))

    assert sorted(spoken() - NEWS - told) == []


def test_every_refusal_is_in_the_runbook() -> None:
    told = set(re.findall(r"`([^`\n]+)`", RUNBOOK))

    assert len(refusals()) > 10
    assert sorted(refusals() - told) == []


def test_what_is_called_news_is_said_by_the_code() -> None:
    assert sorted(NEWS - spoken()) == []


@pytest.mark.parametrize(
    "heading",
    [
        "A refresh is held",
        "Why a node is left alone",
        "Why a probe cannot tell",
        "Why a node was given back",
        "Why a node stays cordoned",
    ],
)
def test_what_a_table_quotes_is_said_by_the_code(heading: str) -> None:
    quoted = first_cells(heading)

    assert quoted
    assert [said for said in quoted if said not in spoken() | refusals()] == []


def test_words_that_are_quoted_in_part_are_said_by_the_code() -> None:
    code = "\n".join(
        said
        for file in (ROOT / "functions").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.JoinedStr | ast.Constant) and (said := template(node))
    )
    sections = ("A refresh failed", "A refresh does not move", "The diagnosis cannot tell")
    parts = [part for heading in sections for part in first_cells(heading) if " " in part]

    assert len(parts) > 10
    assert [part for part in parts if part not in code] == []


def test_every_line_of_the_audit_trail_is_explained() -> None:
    names = [value for name, value in vars(events).items() if name.isupper()]

    assert first_cells("Lines of the audit trail") == names


def test_every_event_in_kubernetes_is_explained() -> None:
    calls = [
        node
        for file in (ROOT / "functions").rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("on_node", "on_refresh", "on_pod")
    ]
    named = {said for call in calls for said in map(template, call.args[1:2])}
    unseated = (Outcome.FRESH, Outcome.NEW)
    outcomes = {f"Node{each.name.title().replace('_', '')}" for each in Outcome if each not in unseated}
    ends = {each.value for each in RefreshPhase if each.over}
    renewals = {f"Repull{way.did.title()}" for way in CALLS.values()}
    stopped = {"RepullGivenBack", "RepullFailed"}
    computed = {"…", "Node…", "Repull…"}  # the verdict's and the end's, the outcome's, the method's

    assert computed < named
    assert set(first_cells("Events in Kubernetes")) == (named - computed) | outcomes | ends | renewals | stopped | {
        "PullDiagnosed"
    }


@pytest.mark.parametrize(
    "brakes",
    [Brakes(tripped="too many"), Brakes(pause=Pause(by="ann", why="incident 4711"))],
    ids=["breaker", "pause"],
)
def test_the_command_that_undoes_what_holds_a_refresh_is_the_codes(brakes: Brakes) -> None:
    key, now = ClusterKey.parse("acme-prod/us-central1/main"), datetime(2026, 1, 1, tzinfo=UTC)
    settings = Settings(clusters=(key,), step_topic="projects/p/topics/t", dead_letter_topic="projects/p/topics/d")
    refresh = Refresh(
        name="NAME",
        uid="u",
        resource_version="1",
        created=now,
        spec=RefreshSpec(cluster=key),
        status=RefreshStatus(),
    )

    facts = holding.Facts(refresh=refresh, brakes=brakes, gke=GkeCluster(), settings=settings, now=now)
    held = holding.held(facts)

    assert held is not None
    start, undo = re.findall(r"(kubectl .+ -p) '(.+)'$", held.reason)[0]
    assert f"{start} '" in RUNBOOK
    assert undo in RUNBOOK


def slugs() -> list[str]:
    """The anchors of the sections."""
    headings = re.findall(r"^## (.+)$", RUNBOOK, re.MULTILINE)
    return [re.sub(r"[^a-z -]", "", each.lower()).replace(" ", "-") for each in headings]


def test_every_section_of_the_first_table_exists_and_every_section_is_in_it() -> None:
    anchors = re.findall(r"\]\(#([a-z-]+)\)", section("What do you see?"))

    assert slugs() == ["what-do-you-see", *anchors, "what-it-says-and-what-to-do", "names"]


def test_every_alert_leads_to_a_section() -> None:
    alerts = (ROOT / "infra/terraform/alerts.tf").read_text()
    named = re.findall(r'(?:section += "|_runbook\})([a-z-]+)', alerts)

    assert len(named) >= alerts.count('resource "google_monitoring_alert_policy"')
    assert [each for each in named if each not in slugs()] == []
