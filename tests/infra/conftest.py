"""Configurations to try: a file each, in a tree of their own. They need terraform, and Go once."""

import functools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from infra.check import needs
from infra.check.terraform import Copy, copied
from sandbox.real.binaries import Binaries
from sandbox.real.building import BuildFailed
from sandbox.real.programs import TERRAFORM_PROVIDER

HERE = Path(__file__).parent
HEAD = """
terraform {
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 7.45"
    }
  }
}

provider "google" {
  project = "acme"
}
"""

Made = Callable[..., Copy]

_missing = functools.cache(needs.missing_for_ours)  # every test asks


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Terraform takes seconds on an idle machine, and minutes on one that does much else."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.timeout(600))


def pytest_collection_finish() -> None:
    """The provider is built before the first test: no test's time limit is long enough for that."""
    if not _missing():
        try:
            Binaries.ensure([TERRAFORM_PROVIDER], print)
        except BuildFailed as error:
            pytest.exit(str(error), returncode=pytest.ExitCode.INTERNAL_ERROR)


@pytest.fixture(autouse=True)
def _has_what_it_needs(request: pytest.FixtureRequest) -> None:
    if missing := _missing():
        reason = f"this needs {', '.join(map(str, missing))}"
        if request.config.getoption("--require-rings"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """A configuration of these files, initialised; what `main` holds comes after the provider's block."""
    with ExitStack() as until_the_end:

        def make(main: str = "", *, registry: bool = False, **files: str) -> Copy:
            tree = tmp_path_factory.mktemp("tree")
            folder = tree / "terraform"
            (folder / "tests").mkdir(parents=True)
            (folder / "main.tf").write_text(HEAD + main)
            for name, text in files.items():
                (folder / "tests" / f"{name}.tftest.hcl").write_text(text)
            return until_the_end.enter_context(copied(tree, "terraform", print, registry=registry))

        yield make
