"""docs/licences.md is about the versions that are pinned, and no licence asks more of us than notices."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PAGE = (ROOT / "docs/licences.md").read_text()
LISTED = re.findall(r"^\| ([a-z0-9.-]+) \| (\d\S*) \| (.+) \|$", PAGE, re.MULTILINE)
PERMISSIVE = re.compile(r"Apache|MIT|BSD|PSF|Python Software Foundation|ISC")
AS_THEY_ARE = {"certifi": "MPL-2.0: a list of certificates, which we do not change"}
"""Whose licence asks for more only from those who change the package."""


def test_every_deployed_package_is_listed_in_its_version_and_no_other() -> None:
    """A new version may have another licence: `make licences` reads it."""
    pinned = re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)

    assert [(name, version) for name, version, _ in LISTED] == sorted(pinned)


@pytest.mark.parametrize("name, licence", [(name, licence) for name, _, licence in LISTED], ids=lambda each: each)
def test_no_licence_asks_for_more_than_notices(name: str, licence: str) -> None:
    parts = re.split(r" AND | OR |; ", licence)

    assert name in AS_THEY_ARE or all(PERMISSIVE.search(part) for part in parts)


def test_what_is_let_through_by_name_is_there() -> None:
    assert set(AS_THEY_ARE) <= {name for name, *_ in LISTED}


def test_we_are_under_the_licence_that_we_say() -> None:
    assert "Apache License" in (ROOT / "LICENSE").read_text()
    assert 'license = "Apache-2.0"' in (ROOT / "pyproject.toml").read_text()
