"""Documentation that is wrong fails here."""

import inspect
import json
import re
from collections.abc import Iterator
from dataclasses import MISSING, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from pkgutil import resolve_name

import pytest

from functions import diagnose
from functions.advice import advise
from functions.classify import classify
from functions.diagnose import SETTLED_BY_MESSAGE, UNDECIDED, message
from functions.guards import GUARDS
from functions.model.names import ClusterKey, ImageRef
from functions.model.refresh import Phase
from functions.model.verdict import MARKS, Cause, CheckStatus, Subject, VerdictKind
from functions.settings import Settings, variable
from repull.classify import explain
from repull.cli import COMMANDS, main
from sandbox.scenarios import SCENARIOS
from sandbox.scenarios.refusals import REFUSALS
from tools import diagnosis_chart

ROOT = Path(__file__).parents[2]
PAGES = sorted(page for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")))
README = (ROOT / "README.md").read_text()
CLI = (ROOT / "docs/cli.md").read_text()
DIAGNOSIS = (ROOT / "docs/diagnosis.md").read_text()
DIAGNOSED = Subject(
    cluster=ClusterKey.parse("acme-prod/us-central1/main"),
    namespace="prod-app",
    pod="ocr-worker-7d9c-x2x5k",
    image=ImageRef.parse("us-central1-docker.pkg.dev/acme-prod/apps/ocr-worker:v1"),
    node="gke-main-apps-1f0c-a1",
    account="gke-nodes@acme-prod.iam.gserviceaccount.com",
    service_account="ocr-worker",
)
"""What the examples of docs/diagnosis.md are about."""


def rows(text: str, heading: str) -> Iterator[list[str]]:
    """The cells of every table row between `heading` and the next heading of its level."""
    section = text.split(f"\n{heading}\n", 1)[1].split("\n## ", 1)[0]
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and not set(cells[0]) <= set("-:"):
            yield cells


def page(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_every_setting_stands_in_the_readme_with_its_default() -> None:
    documented = {name.strip("`"): default.strip("`") for name, default, _ in rows(README, "## Settings")}
    del documented["variable"]
    actual = {}
    for field in fields(Settings):
        default = "required" if field.default is MISSING else str(field.default or "").removesuffix(".0")
        actual[variable(field.name)] = default or ("the image's own host" if field.default == "" else "none")

    assert documented == actual


def test_every_dependency_stands_in_the_readme_with_its_reason() -> None:
    documented = [
        name.strip() for cells in rows(README, "## Dependencies") for name in cells[0].split(",") if name != "package"
    ]
    pinned = [
        re.split("[=<>]", line)[0]
        for file in ("requirements.in", "requirements-dev.in")
        for line in (ROOT / file).read_text().splitlines()
        if line and not line.startswith(("#", "-r"))
    ]

    assert sorted(documented) == sorted(pinned)


def test_every_phase_has_its_paragraph_and_its_place_in_the_diagram() -> None:
    text = (ROOT / "docs/refresh.md").read_text()
    diagram = text.split("```")[1]
    headings = re.findall(r"^## (\S+)$", text, re.MULTILINE)

    assert [heading for heading in headings if heading in set(Phase)] == list(Phase)
    assert [phase for phase in Phase if phase not in diagram] == []


def test_every_guard_is_told_in_its_order_with_settings_and_scenarios_that_exist() -> None:
    _, *told = rows((ROOT / "docs/refresh.md").read_text(), "## Preflight")
    named = [name for _, _, changes, _ in told for name in re.findall("REPULL_[A-Z_]+", changes)]
    with_default = [name for _, _, changes, _ in told for name in re.findall(r"`(REPULL_[A-Z_]+)` \(", changes)]
    shown = [name for *_, scenarios in told for name in re.findall("`(.+?)`", scenarios)]

    assert [guard.strip("`") for guard, *_ in told] == [guard.__name__ for guard in GUARDS]
    assert named == with_default
    assert set(shown) <= set(SCENARIOS)


def test_every_obstacle_that_a_scenario_shows_is_told_where_it_stands_in_the_way() -> None:
    text = (ROOT / "docs/refresh.md").read_text()

    assert [each.name for each in REFUSALS if f"`{each.name}`" not in text] == []


def test_a_default_that_the_refreshs_page_names_is_the_settings() -> None:
    told = re.findall(r"`(REPULL_[A-Z_]+)` \((\w+)\)", (ROOT / "docs/refresh.md").read_text())
    defaults = {variable(field.name): str(field.default).removesuffix(".0") for field in fields(Settings)}

    assert len(told) > 10
    assert dict(told) == {name: defaults.get(name) for name, _ in told}


def test_every_scenario_is_told_in_the_order_in_which_they_are_listed() -> None:
    told = [cells[0].strip("`") for cells in rows((ROOT / "docs/sandbox.md").read_text(), "## Scenarios")]

    assert told == ["scenario", *SCENARIOS]


def test_the_chart_of_the_diagnosis_is_current() -> None:
    current = diagnosis_chart.chart(diagnosis_chart.checks())

    assert diagnosis_chart.CHART.read_text() == current, "python -m tools.diagnosis_chart draws it anew"


def test_the_table_of_the_checks_has_every_one_that_is_judged() -> None:
    judged = re.findall(r"\b(?:passed|failed|unknown)\(\s*\"(\w+)\"", inspect.getsource(diagnose))

    assert [each.name for each in diagnosis_chart.checks()] == list(dict.fromkeys(judged))


def test_every_verdict_has_its_place_in_the_chart() -> None:
    assert set(re.findall(r">([A-Z_]+)</text>", diagnosis_chart.CHART.read_text())) == set(VerdictKind)


def test_every_verdict_has_its_section_in_the_order_of_the_table_that_leads_there() -> None:
    table = DIAGNOSIS.split("\n## The verdicts\n")[0]
    links = re.findall(r"^\| `(\w+)` \|.*\(#(\w+)\)", table, re.MULTILINE)

    assert [kind for kind, _ in links] == list(sections()) == list(VerdictKind)
    assert [(kind, anchor) for kind, anchor in links if anchor != kind.lower()] == []


@pytest.mark.parametrize("kind", VerdictKind)
def test_a_verdicts_section_has_what_repull_says_and_its_very_commands(kind: VerdictKind) -> None:
    section = sections()[kind]
    (said,) = re.findall(r"^> (.+)$", section, re.MULTILINE)
    commands = re.sub(r" \\\n +", " ", "".join(re.findall(r"```sh\n(.*?)```", section, re.DOTALL)))
    subject = DIAGNOSED if kind is not VerdictKind.OTHER_REGISTRY else replace(DIAGNOSED, image=ImageRef.parse("nginx"))

    assert said == advise(kind, subject, Cause.NETWORK, retry_after=datetime(2026, 1, 1, 3, 12, tzinfo=UTC))
    asked = re.findall(r"(?:gcloud|kubectl) .+?(?=\.?$)", said)
    assert [each for each in asked if each not in commands] == []
    assert bool(asked) == any(tool in said for tool in ("gcloud", "kubectl"))
    assert commands
    assert section.count("\n- **repull** ") == section.count("\n- **You** ") == 1


@pytest.mark.parametrize("kind", VerdictKind)
def test_a_verdicts_example_leads_to_it(kind: VerdictKind) -> None:
    kubelet, mark, check = re.findall(r"```\nkubelet  (.+)\nrepull   (.) (\w+): .+\n```", sections()[kind])[0]
    ends_with = {each.name: each.verdicts for each in diagnosis_chart.checks()}
    status = {VerdictKind.STALE_CREDENTIALS: CheckStatus.PASS, VerdictKind.UNKNOWN: CheckStatus.UNKNOWN}

    assert message(classify(kubelet), "the event", last_word=True).kind in ((kind,) if check == "message" else (None,))
    assert mark == MARKS[status.get(kind, CheckStatus.FAIL)]
    assert kind in ends_with[check] or (kind, check) == (VerdictKind.STALE_CREDENTIALS, list(ends_with)[-1])


def test_every_cause_that_is_no_credential_stands_in_its_table_with_a_failure_that_means_it() -> None:
    told = re.findall(r"^\| `(\w+)` \| (.+?) \|", sections()[VerdictKind.NOT_A_CREDENTIAL], re.MULTILINE)
    elsewhere = {*SETTLED_BY_MESSAGE, *UNDECIDED, Cause.NOT_A_PULL_FAILURE}

    assert {cause for cause, _ in told} == {each for each in Cause if not each.may_be_credential} - elsewhere
    assert [(cause, said) for cause, said in told if classify(said).cause != cause] == []


@pytest.mark.parametrize("name", [command.__name__.rpartition(".")[2] for command in COMMANDS])
def test_every_option_of_a_command_is_told_and_no_other(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([name, "--help"])
    there = set(re.findall(r"--[a-z-]+", capsys.readouterr().out.split("options:")[1])) - {"--help"}
    section = CLI.split(f"\n## `repull {name}`\n")[1].split("\n## ")[0].replace("-o json", "--output=json")
    alike = set() if name == "diagnose" else {"--cluster", "--context"}  # told once, with diagnose
    used = [line.partition("#")[0] for line in CLI.splitlines() if line.startswith(f"repull {name}")]

    assert sorted(each for each in there - alike if each not in section) == []
    assert set(re.findall(r"--[a-z-]+", " ".join(used))) <= there


def test_the_example_of_the_command_line_is_what_repull_says() -> None:
    said = advise(VerdictKind.GRANT_MISSING, DIAGNOSED, Cause.AUTH_DENIED).replace(" with gcloud ", " with: gcloud ")

    assert f"→ {said}" in " ".join(CLI.split())


def test_the_example_of_a_message_is_what_repull_makes_of_it() -> None:
    (failure,) = re.findall(r"^repull classify <<< '(.+)'$", CLI, re.MULTILINE)
    (printed,) = re.findall(r"```json\n(.+)\n```", CLI)

    assert json.loads(printed) == explain(failure)


def sections() -> dict[str, str]:
    """Of the verdicts, by their headings."""
    text = DIAGNOSIS.split("\n## The verdicts\n")[1].split("\n## ")[0]
    _, *parts = re.split(r"^### (\w+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.parametrize("path", PAGES, ids=page)
def test_every_link_resolves(path: Path) -> None:
    text = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text)

    assert [link for link in links if "://" not in link and not (path.parent / link).exists()] == []


@pytest.mark.parametrize("path", PAGES, ids=page)
def test_every_file_that_is_named_exists(path: Path) -> None:
    named = re.findall(r"`((?:functions|sandbox|tests|infra|docs|tools|bench)/[\w./-]+)`", path.read_text())

    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("path", PAGES, ids=page)
def test_every_name_of_the_product_that_is_mentioned_exists(path: Path) -> None:
    mentioned = set(re.findall(r"`(functions(?:\.\w+)+)`", path.read_text()))

    assert [name for name in mentioned if not exists(name)] == []


def exists(name: str) -> bool:
    try:
        return resolve_name(name) is not None
    except (ImportError, AttributeError):
        return False


@pytest.mark.parametrize("path", PAGES, ids=page)
def test_one_sentence_per_line(path: Path) -> None:
    prose = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL).splitlines()
    crowded = [line for line in prose if not line.startswith("|") and re.search(r"[a-z)`][.?!] [A-Z]", line)]

    assert crowded == []


def test_make_help_explains_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)[0].split()) - {"help"}
    explained = set(re.findall(r"@echo 'make ([\w-]+)", makefile))

    assert explained == targets
