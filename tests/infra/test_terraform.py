"""Which provider is taken, and what comes along of a tree."""

from pathlib import Path

import pytest

from infra.check import substitute
from infra.check.terraform import NotInitialised, copied
from tests.infra.conftest import HEAD, Made


def tree(folder: Path, head: str = HEAD) -> Path:
    (folder / "terraform").mkdir()
    (folder / "terraform" / "main.tf").write_text(head)
    return folder


def test_where_terraform_finds_a_provider_by_itself_that_one_is_taken(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here from a mirror that the machine is told to use, as from the registry."""
    theirs = substitute.mirror(tmp_path, print)
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(theirs))

    assert made(registry=True).provider == f"hashicorp/google {substitute.version()}, the real one"


def test_where_it_finds_none_ours_is_taken_and_it_says_why(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = tmp_path / "terraform.rc"
    nothing.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{tmp_path}"\n  }}\n}}\n')
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(nothing))

    said = made(registry=True).provider

    assert said.startswith("one that has the schema of hashicorp/google ")
    assert "was not found in any of the search locations" in said


def test_without_go_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.real.needs.can_have", lambda _: False)

    with (
        pytest.raises(NotInitialised, match=r"Go .* or newer: install it"),
        copied(tree(tmp_path), "terraform", print, registry=False),
    ):
        pass


def test_a_version_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    asked = tree(tmp_path, HEAD.replace("~> 7.45", "~> 6.0"))

    with pytest.raises(NotInitialised, match="hashicorp/google"), copied(asked, "terraform", print, registry=False):
        pass


def test_nothing_that_people_have_beside_it_comes_along_and_the_tree_stays_as_it_was(tmp_path: Path) -> None:
    """Their values would decide whether it is valid, and their lock file asks for the real provider by its checksum."""
    folder = tree(tmp_path) / "terraform"
    for name in ("terraform.tfvars", "terraform.tfstate", "backend.tf", ".terraform.lock.hcl"):
        (folder / name).write_text("this is not understood")
    before = {path: path.read_text() for path in sorted(tmp_path.rglob("*")) if path.is_file()}

    with copied(tmp_path, "terraform", print, registry=False) as copy:
        beside = {path.name for path in copy.folder.iterdir()}

    assert beside == {"main.tf", ".terraform", ".terraform.lock.hcl"}
    assert before == {path: path.read_text() for path in sorted(tmp_path.rglob("*")) if path.is_file()}
