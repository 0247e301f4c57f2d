"""What is made of checkov's answer."""

from typing import Any

import pytest

from infra.check import checkov


def check(name: str, result: str, **comment: str) -> dict[str, Any]:
    return {
        "check_id": name,
        "check_name": "Bucket should log access",
        "check_result": {"result": result, **comment},
        "file_path": "/source.tf",
        "file_line_range": [3, 26],
        "resource": "google_storage_bucket.source",
    }


def answer(**results: list[Any]) -> dict[str, Any]:
    nothing: dict[str, list[Any]] = {
        "passed_checks": [],
        "failed_checks": [],
        "skipped_checks": [],
        "parsing_errors": [],
    }
    return {"check_type": "terraform", "results": nothing | results}


WHERE = "source.tf:3 google_storage_bucket.source: CKV_GCP_62 Bucket should log access"


def test_a_finding_says_where_it_is() -> None:
    report = checkov.read(answer(failed_checks=[check("CKV_GCP_62", "FAILED")]))

    assert report.findings == (WHERE,)


def test_a_skip_that_gives_its_reason_is_none() -> None:
    reason = "who may write there is two accounts"
    skipped = answer(
        passed_checks=[check("CKV_GCP_29", "PASSED")],
        skipped_checks=[check("CKV_GCP_62", "SKIPPED", suppress_comment=reason)],
    )

    report = checkov.read(skipped)

    assert (report.passed, report.findings, report.skips) == (1, (), (f"{WHERE}: {reason}",))


@pytest.mark.parametrize("comment", [{}, {"suppress_comment": "No comment provided"}], ids=["none", "checkov's own"])
def test_a_skip_without_a_reason_is_a_finding(comment: dict[str, str]) -> None:
    report = checkov.read(answer(skipped_checks=[check("CKV_GCP_62", "SKIPPED", **comment)]))

    assert report.findings == (f"{WHERE}: skipped without a reason",)


def test_a_file_that_was_not_understood_is_a_finding() -> None:
    assert checkov.read(answer(parsing_errors=["/tmp/roles.tf"])).findings == ("/tmp/roles.tf: not understood",)


def test_where_it_saw_no_resource_it_has_not_looked() -> None:
    nothing = {"passed": 0, "failed": 0, "skipped": 0, "parsing_errors": 0, "resource_count": 0}

    assert checkov.read(nothing).findings == ("it found no resource at all",)
