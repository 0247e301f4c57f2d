"""Which rows of an index a machine would pull, as containerd's platforms package decides it."""

import pytest

from functions.adapters.platforms import Platform, offered


@pytest.mark.parametrize(
    "row, machine, fits",
    [
        ("linux/amd64", "linux/amd64", True),
        ("linux/amd64/v1", "linux/amd64", True),
        ("linux/amd64/v2", "linux/amd64", False),
        ("linux/386", "linux/amd64", True),
        ("linux/arm64", "linux/amd64", False),
        ("windows/amd64", "linux/amd64", False),
        ("linux/arm64", "linux/arm64", True),
        ("linux/arm64/v8", "linux/arm64", True),
        ("linux/arm64/v9", "linux/arm64", False),
        ("linux/arm/v7", "linux/arm64", True),
        ("linux/arm/v8", "linux/arm64", True),
        ("linux/amd64", "linux/arm64", False),
        ("linux/arm/v7", "linux/arm", True),
        ("linux/arm64", "linux/arm", False),
        ("linux/s390x", "linux/s390x", True),
        ("linux/s390x", "linux/ppc64le", False),
    ],
)
def test_a_row_fits_a_machine_or_not(row: str, machine: str, *, fits: bool) -> None:
    names = ("os", "architecture", "variant")
    platform = Platform.of(dict(zip(names, row.split("/"), strict=False)))
    assert platform
    assert str(platform) == row
    assert platform.fits(*machine.split("/")) is fits


def test_attestations_are_left_out_and_a_row_without_a_platform_is_a_candidate() -> None:
    attestation = {"platform": {"os": "unknown", "architecture": "unknown"}}
    rows = [attestation, {"digest": "sha256:1"}, {"platform": {"os": "linux", "architecture": "amd64"}}, "nonsense"]
    assert offered(rows) == (None, Platform(os="linux", architecture="amd64"))
