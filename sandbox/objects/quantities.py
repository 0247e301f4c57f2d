"""Quantities ("250m", "64Mi") as whole numbers: millicores, bytes, pods."""

import re
from fractions import Fraction
from functools import lru_cache

from sandbox.objects.kinds import Object

_SUFFIXES = {
    "n": Fraction(1, 10**9),
    "u": Fraction(1, 10**6),
    "m": Fraction(1, 1000),
    "k": Fraction(10**3),
    "M": Fraction(10**6),
    "G": Fraction(10**9),
    "T": Fraction(10**12),
    "P": Fraction(10**15),
    "E": Fraction(10**18),
    "Ki": Fraction(2**10),
    "Mi": Fraction(2**20),
    "Gi": Fraction(2**30),
    "Ti": Fraction(2**40),
    "Pi": Fraction(2**50),
    "Ei": Fraction(2**60),
}
_QUANTITY = re.compile(rf"([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|({'|'.join(_SUFFIXES)}))?")

MEASURED = ("cpu", "memory")
"""The resources that scheduling and admission look at, besides the number of pods."""


def amount(quantity: str | float) -> Fraction:
    """The number behind a quantity, exactly; ValueError where it is none."""
    found = _QUANTITY.fullmatch(str(quantity))
    if not found:
        raise ValueError(f"{quantity!r} is no quantity")
    number = Fraction(found[1] + (found[2] or ""))
    return number * _SUFFIXES[found[3]] if found[3] else number


@lru_cache(maxsize=4096)  # a cluster writes the same few quantities over and over
def units(resource: str, quantity: str | float) -> int:
    """In the unit the scheduler counts in: millicores for cpu, else ones. Rounded up, as the real one does."""
    exact = amount(quantity) * (1000 if resource == "cpu" else 1)
    return -(-exact.numerator // exact.denominator)


def requests(pod: Object) -> dict[str, int]:
    """What a pod asks for: its containers together, or its largest init container where that is more."""
    spec = pod["spec"]
    return {
        resource: max(
            sum(_request(container, resource) for container in spec.get("containers") or ()),
            max((_request(container, resource) for container in spec.get("initContainers") or ()), default=0),
        )
        for resource in MEASURED
    }


def _request(container: Object, resource: str) -> int:
    resources = container.get("resources") or {}
    # A limit without a request is the request too: the API server's defaulting.
    quantity = (resources.get("requests") or {}).get(resource) or (resources.get("limits") or {}).get(resource, 0)
    return units(resource, quantity)
