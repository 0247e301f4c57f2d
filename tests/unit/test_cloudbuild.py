"""cloudbuild.yaml against what Cloud Build knows, and against what the tree can do by itself."""

import copy
import json
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.contract.google.discovery import document

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "cloudbuild.yaml").read_text()
BUILD: dict[str, Any] = yaml.safe_load(TEXT)
SCHEMAS = document("cloudbuild.v1")["schemas"]
TYPES: Mapping[str, type] = {"string": str, "boolean": bool, "integer": int, "array": list, "object": dict}
BUILT_IN = {"PROJECT_ID"}


def problems(value: Any, schema: Mapping[str, Any], where: str = "build") -> Iterator[str]:
    """What Cloud Build would not take, by the API's discovery document, or would overwrite."""
    schema = SCHEMAS[schema["$ref"]] if "$ref" in schema else schema
    if schema.get("readOnly") or schema.get("description", "").startswith("Output only"):
        yield f"{where}: only Cloud Build writes it"
    if not isinstance(value, TYPES[schema["type"]]):
        yield f"{where}: no {schema['type']}"
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from problems(each, schema["items"], f"{where}[{index}]")
    elif isinstance(value, dict):
        known, others = schema.get("properties", {}), schema.get("additionalProperties")
        for name, each in value.items():
            if name in known or others:
                yield from problems(each, known.get(name, others), f"{where}.{name}")
            else:
                yield f"{where}.{name}: unknown"
    elif value not in schema.get("enum", [value]):
        yield f"{where}: not one of {schema['enum']}"
    elif schema.get("format") == "google-duration" and not re.fullmatch(r"\d+(\.\d+)?s", str(value)):
        yield f"{where}: no duration"


def steps() -> dict[str, dict[str, Any]]:
    return {step["id"]: step for step in BUILD["steps"]}


def seconds(duration: str) -> int:
    return int(duration.removesuffix("s"))


def test_cloud_build_knows_every_field_and_value() -> None:
    assert list(problems(BUILD, {"$ref": "Build"})) == []


@pytest.mark.parametrize(
    "spoil, said",
    [
        (lambda build: build["steps"][0].update(entryPoint="make"), "build.steps[0].entryPoint: unknown"),
        (lambda build: build["steps"][0].update(args="make"), "build.steps[0].args: no array"),
        (lambda build: build["steps"][0].update(status="SUCCESS"), "build.steps[0].status: only Cloud Build writes it"),
        (lambda build: build["options"].update(logging="CLOUD"), "build.options.logging: not one of"),
        (lambda build: build["substitutions"].update(_N=1), "build.substitutions._N: no string"),
        (lambda build: build.update(timeout="2h"), "build.timeout: no duration"),
        (lambda build: build.update(service_account="x"), "build.service_account: unknown"),
    ],
)
def test_what_cloud_build_would_refuse_is_found(spoil: Callable[[dict[str, Any]], None], said: str) -> None:
    build = copy.deepcopy(BUILD)
    spoil(build)

    assert [each for each in problems(build, {"$ref": "Build"}) if each.startswith(said)]


def test_every_substitution_is_used_and_every_one_used_is_declared() -> None:
    """Cloud Build refuses either."""
    used = set(re.findall(r"\$\{?(\w+)", TEXT.split("\nsteps:\n")[1]))

    assert used - BUILT_IN == set(BUILD["substitutions"])
    assert used >= BUILT_IN


def test_every_substitution_is_explained_where_it_is_declared_and_in_the_operations_page() -> None:
    page = (ROOT / "docs/operations.md").read_text()

    assert [name for name in BUILD["substitutions"] if not re.search(rf"^  {name}: .+  # \w", TEXT, re.MULTILINE)] == []
    assert [name for name in BUILD["substitutions"] if f"| `{name}` |" not in page] == []


def test_it_tests_checks_packs_plans_deploys_and_tries_in_this_order() -> None:
    """One after the other: no step starts before all those above it, unless it says what it waits for."""
    assert list(steps()) == ["terraform", "test", "check", "package", "plan", "deploy", "smoke"]
    assert [each["id"] for each in BUILD["steps"] if "waitFor" in each] == []


def test_every_step_but_the_first_is_a_target_that_runs_anywhere() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    _, *others = BUILD["steps"]
    assert {step["entrypoint"] for step in others} == {"make"}
    assert {step["args"][0] for step in others} <= targets


def test_every_image_has_a_version_and_every_step_a_limit() -> None:
    assert [step["name"] for step in BUILD["steps"] if not re.fullmatch(r"[\w./-]+:\d[\w.-]*", step["name"])] == []
    assert sum(seconds(step["timeout"]) for step in BUILD["steps"]) <= seconds(BUILD["timeout"]) + 600


def test_the_smoke_test_has_more_time_than_it_waits() -> None:
    assert seconds(steps()["smoke"]["timeout"]) > 300


def test_an_account_of_its_own_runs_it_and_its_log_goes_where_that_may_write() -> None:
    """With an account of one's own Cloud Build refuses its default bucket for logs."""
    assert "${_DEPLOYER}@${PROJECT_ID}" in BUILD["serviceAccount"]
    assert BUILD["options"]["logging"] == "CLOUD_LOGGING_ONLY"


def test_terraform_gets_variables_that_it_has_and_all_that_it_needs() -> None:
    text = "".join(path.read_text() for path in (ROOT / "infra/terraform").glob("*.tf"))
    blocks = dict(re.findall(r'^variable "(\w+)" \{\n(.*?)^\}', text, re.MULTILINE | re.DOTALL))
    required = {name for name, block in blocks.items() if not re.search(r"^  default +=", block, re.MULTILINE)}
    packed = {"source_archive", "source_sha256"}  # make package writes them into a file
    given = {"project_id"} | set(json.loads(BUILD["substitutions"]["_VARIABLES"]))

    assert steps()["plan"]["env"] == ["TF_VAR_project_id=${PROJECT_ID}", "VARIABLES=${_VARIABLES}"]
    assert given <= set(blocks)
    assert required == given | packed


def test_no_plan_is_made_without_the_state_that_it_belongs_to() -> None:
    """What a build keeps to itself is gone with it, and the next one would make everything anew."""
    command = ["make", "-n", "plan", "STATE_BUCKET="]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode != 0
    assert "STATE_BUCKET is empty" in done.stderr
