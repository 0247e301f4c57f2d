"""docs/operations.md against the code: its numbers are the adapters', and its sums add up."""

import re
from dataclasses import fields
from importlib import import_module
from inspect import signature
from pkgutil import iter_modules

import pytest
from google.auth.compute_engine import _metadata

from functions import adapters, racing
from functions.settings import Settings
from tests.unit.test_docs import ROOT, rows

PAGE = (ROOT / "docs/operations.md").read_text()
LOCALS = (ROOT / "infra/terraform/locals.tf").read_text()
NUMBER = r"\d+(?:\.\d+)?"
LIMITS = re.compile(r"(SECONDS|TRIES|ATTEMPTS|RESTARTS|CONNECTIONS|PAUSE|AGAIN)$")
"""How the names of what bounds a call end, in the adapters and where races are bounded."""
INNER = {"functions.adapters.compute.FIRST_PAUSE"}  # the poll's first; the page has its longest


def test_every_limit_of_a_client_stands_on_the_page_with_its_value() -> None:
    said = dict(re.findall(rf"`(functions\.(?:adapters\.\w+|racing)\.\w+)` = ({NUMBER})", PAGE))
    modules = [import_module(f"functions.adapters.{each.name}") for each in iter_modules(adapters.__path__)] + [racing]
    there = {
        f"{module.__name__}.{name}": value
        for module in modules
        for name, value in vars(module).items()
        if LIMITS.search(name) and not name.startswith("_") and isinstance(value, int | float)
    }
    own = {name: value for name, value in there.items() if is_defined(name)}

    assert {name: float(value) for name, value in said.items()} == {
        name: float(value) for name, value in own.items() if name not in INNER
    }


def is_defined(name: str) -> bool:
    """In the module itself; what it has imported from another one is not its own."""
    module, _, constant = name.rpartition(".")
    source = (ROOT / f"{module.replace('.', '/')}.py").read_text()
    return re.search(rf"^(\w+, )?{constant}\b.* = ", source, re.MULTILINE) is not None


def test_the_budget_of_a_step_and_the_limits_of_the_functions_are_the_deployments() -> None:
    (budget,) = [f"{each.default:g}" for each in fields(Settings) if each.name == "budget_seconds"]
    diagnose, refresh = re.findall(r"^ +timeout_seconds += (\d+)$", LOCALS, re.MULTILINE)

    assert f"`REPULL_BUDGET_SECONDS`, {budget}, of the {refresh} that its function has" in PAGE
    assert f"a diagnosis the {diagnose} of its own" in PAGE


@pytest.mark.parametrize("equation", sorted(set(re.findall(rf"{NUMBER}(?: × {NUMBER})+ = {NUMBER}", PAGE))))
def test_a_product_is_what_it_says(equation: str) -> None:
    factors, _, said = equation.partition(" = ")
    product = 1.0
    for factor in factors.split(" × "):
        product *= float(factor)

    assert product == pytest.approx(float(said), abs=0.0051)


@pytest.mark.parametrize("first", ["seconds of an instance", "dollars a month"])
def test_a_sum_is_the_sum_of_its_column(first: str) -> None:
    table = PAGE.split(f"| {first} |")[1].split("\n\n")[0]
    lines = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")]
    *parts, (name, *sums) = lines

    assert name == "sum"
    for column, said in enumerate(sums, start=1):
        assert float(said) == pytest.approx(sum(float(part[column].rpartition("= ")[2]) for part in parts))


def test_the_conditions_of_the_alerts_are_those_that_are_paid_for() -> None:
    text = (ROOT / "infra/terraform/alerts.tf").read_text()
    kinds = {name: len(re.findall(r"^    \w+ = \{$", block, re.MULTILINE)) for name, block in maps(text)}
    policies = re.findall(r'^resource "google_monitoring_alert_policy".*?^\}', text, re.MULTILINE | re.DOTALL)

    conditions = 0
    for policy in policies:
        each = re.search(r"for_each = local\.(\w+)", policy)
        conditions += len(re.findall(r"^  conditions \{", policy, re.MULTILINE)) * (kinds[each[1]] if each else 1)

    assert f"| alerts, $1.50 a condition | {conditions} × 1.50" in PAGE


def maps(text: str) -> list[tuple[str, str]]:
    """The locals that have an alert each, by name."""
    return re.findall(r"^  (\w+) = \{\n(.*?)^  \}", text, re.MULTILINE | re.DOTALL)


def test_the_command_grants_the_builds_account_the_roles_that_are_explained() -> None:
    (granted,) = re.findall(r"^for role in (.+?); do", PAGE, re.MULTILINE | re.DOTALL)
    explained = [cells[0].strip("`") for cells in rows(PAGE, "## Deploying") if cells[0].startswith("`roles/")]

    assert [f"roles/{name}" for name in granted.replace("\\", "").split()] == explained


def test_the_metadata_server_is_given_what_google_auth_gives_it() -> None:
    attempts = signature(_metadata.get).parameters["retry_count"].default

    assert (_metadata._METADATA_DEFAULT_TIMEOUT, attempts) == (3, 5)
    assert "google-auth gives the metadata server 3 seconds, five times." in PAGE


def test_there_are_as_many_instances_as_terraform_lets_be() -> None:
    diagnose, refresh = re.findall(r"^ +max_instances += (\d+)$", LOCALS, re.MULTILINE)

    assert f"| {diagnose} and {refresh} instances |" in PAGE
