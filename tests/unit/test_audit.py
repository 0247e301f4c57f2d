"""What is made of pip-audit's answer: silence is never taken for safety."""

import json
from pathlib import Path
from typing import Any

import pytest

from tools.audit import audit

CLEAN = {"name": "flask", "version": "3.1.3", "vulns": []}
SKIPPED = {"name": "werkzeug", "skip_reason": "Dependency not found on PyPI and could not be audited: werkzeug (3.1.9)"}
BAD = {"id": "PYSEC-2026-1", "fix_versions": ["4.0.1"], "aliases": ["CVE-2026-1"], "description": "…"}


def stand_in(folder: Path, answers: dict[str, list[dict[str, Any]]]) -> Path:
    """A pip-audit that answers so for each service, and for others as it does without a network."""
    for service, packages in answers.items():
        (folder / service).write_text(json.dumps({"dependencies": packages, "fixes": []}))
    program = folder / "pip-audit"
    program.write_text(
        "#!/bin/sh\n"
        f"for each; do case $each in --vulnerability-service=*) cd {folder} && exec cat ${{each#*=}}; esac; done\n"
    )
    program.chmod(0o755)
    return program


def test_where_none_is_known_it_says_who_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit(stand_in(tmp_path, {"osv": [CLEAN]})) == 0
    assert capsys.readouterr().out == "osv knows no vulnerability of what requirements-dev.txt pins.\n"


@pytest.mark.parametrize("name, where", [("flask", "deployed"), ("pytest", "tools and tests only")])
def test_one_that_is_known_fails_with_where_it_is_and_what_mends_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, where: str
) -> None:
    package = {"name": name, "version": "3.1.3", "vulns": [BAD]}

    assert audit(stand_in(tmp_path, {"osv": [SKIPPED, package]})) == 1
    assert f"{name} 3.1.3 ({where}): PYSEC-2026-1, CVE-2026-1; mended in 4.0.1" in capsys.readouterr().out


def test_a_second_service_is_asked_where_the_first_is_silent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit(stand_in(tmp_path, {"pypi": [CLEAN]})) == 0
    assert capsys.readouterr().out.startswith("pypi knows no vulnerability")


@pytest.mark.parametrize("answers", [{}, {"osv": [SKIPPED, CLEAN], "pypi": [SKIPPED, CLEAN]}])
def test_a_package_that_nobody_was_asked_about_is_no_good_news(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], answers: dict[str, list[dict[str, Any]]]
) -> None:
    assert audit(stand_in(tmp_path, answers)) == 2
    assert "Nothing is known" in capsys.readouterr().out
