"""Quantities ("250m", "64Mi") as whole numbers: millicores, bytes, pods."""

from fractions import Fraction
from functools import lru_cache

from sandbox.objects.kinds import Object

_SUFFIXES = {
    "m": Fraction(1, 1000),
    "k": Fraction(10**3),
    "M": Fraction(10**6),
    "G": Fraction(10**9),
    "T": Fraction(10**12),
    "Ki": Fraction(2**10),
    "Mi": Fraction(2**20),
    "Gi": Fraction(2**30),
    "Ti": Fraction(2**40),
}

MEASURED = ("cpu", "memory")
"""The resources that scheduling and admission look at, besides the number of pods."""


def amount(quantity: str | float) -> Fraction:
    """The number behind a quantity, exactly."""
    text = str(quantity)
    suffix = text.lstrip("+-0123456789.eE")
    return Fraction(text.removesuffix(suffix) or 0) * _SUFFIXES[suffix] if suffix else Fraction(text)


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
