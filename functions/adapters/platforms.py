"""Which of an index's manifests a machine would pull: containerd's rules (its platforms package, `platforms.Only`).

A manifest without an index is pulled whatever its platform; only an index is searched for a match.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

_FITTING = {"amd64": ("amd64", "386"), "arm64": ("arm64", "arm"), "arm": ("arm",)}
"""Architectures that a machine takes as well: 32-bit programs of its family run on it."""
_VARIANTS = {
    ("amd64", "amd64"): ("", "v1"),
    ("amd64", "386"): ("",),
    ("arm64", "arm64"): ("", "v8"),
    ("arm64", "arm"): ("", "v5", "v6", "v7", "v8"),
    # of a 32-bit ARM machine the kubelet does not tell the variant
    ("arm", "arm"): ("", "v5", "v6", "v7", "v8"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Platform:
    os: str
    architecture: str
    variant: str = ""

    @classmethod
    def of(cls, described: Any) -> Self | None:
        """Of a row in an index; None where it names none, which containerd then takes for a candidate."""
        if not isinstance(described, dict):
            return None
        os, architecture, variant = (str(described.get(key) or "") for key in ("os", "architecture", "variant"))
        return cls(os=os, architecture=architecture, variant=variant)

    @property
    def is_known(self) -> bool:
        """Build attestations are listed for unknown/unknown."""
        return (self.os, self.architecture) != ("unknown", "unknown")

    def fits(self, os: str, architecture: str) -> bool:
        """Whether a machine with this os and architecture, as its kubelet tells them, would pull it."""
        if self.os != os or self.architecture not in _FITTING.get(architecture, (architecture,)):
            return False
        variants = _VARIANTS.get((architecture, self.architecture))
        return variants is None or self.variant in variants

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)


def offered(rows: Iterable[Any]) -> tuple[Platform | None, ...]:
    """The platforms of an index's rows, attestations left out."""
    found = (Platform.of(row.get("platform")) for row in rows if isinstance(row, dict))
    return tuple(each for each in found if each is None or each.is_known)
