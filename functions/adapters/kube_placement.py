"""Amounts, and what a pod's spec asks of a node, as the scheduler reads it (component-helpers and the scheduler, 1.34).

The client library has a parser of quantities, but behind its generated models, which are left out.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import ROUND_CEILING, Decimal
from functools import lru_cache

from functions.adapters.kube_api import Object
from functions.model.placement import DEFAULT_SCHEDULER, Apart, Needs, NodeTerm, Requirement, Toleration

_QUANTITY = re.compile(r"([+-]?[0-9.]+)(?:[eE]([+-]?[0-9]+)|([numkMGTPE]|[KMGTPE]i)?)")
_SUFFIXES = {
    suffix: Decimal(1000) ** power for power, suffix in enumerate(("n", "u", "m", "", "k", "M", "G", "T", "P", "E"), -3)
} | {suffix: Decimal(1024) ** power for power, suffix in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), 1)}
_OF_THE_POD = ("cpu", "memory")
"""What a pod may ask for as a whole, in place of the sum over its containers; huge pages too."""


@lru_cache(maxsize=4096)  # a cluster writes the same few quantities over and over
def amount(resource: str, quantity: str) -> int:
    """Millicores of cpu, else ones; rounded up, as the scheduler counts. The API server lets no other text pass."""
    number, exponent, suffix = re.fullmatch(_QUANTITY, quantity).groups()  # type: ignore[union-attr]  # see above
    exact = Decimal(number) * (Decimal(10) ** int(exponent) if exponent else _SUFFIXES[suffix or ""])
    return int((exact * (1000 if resource == "cpu" else 1)).to_integral_value(ROUND_CEILING))


def amounts(quantities: Mapping[str, object] | None) -> Counter[str]:
    """All of a list of resources."""
    return Counter({name: amount(name, str(quantity)) for name, quantity in (quantities or {}).items()})


def needs(spec: Object) -> Needs:
    """What a pod with this spec asks of its node."""
    affinity = spec.get("affinity") or {}
    return Needs(
        requests=_requests(spec),
        priority=spec.get("priority") or 0,
        preempts=spec.get("preemptionPolicy") != "Never",
        scheduler=spec.get("schedulerName") or DEFAULT_SCHEDULER,
        selector=spec.get("nodeSelector") or {},
        terms=_terms(affinity.get("nodeAffinity") or {}),
        tolerations=tuple(_toleration(each) for each in spec.get("tolerations") or ()),
        apart=tuple(_apart(affinity.get("podAntiAffinity") or {})),
    )


def selector(found: Object) -> tuple[Requirement, ...]:
    """The rows of a metav1.LabelSelector."""
    labels = found.get("matchLabels") or {}
    return (
        *(Requirement(key=key, operator="In", values=(value,)) for key, value in labels.items()),
        *_rows(found.get("matchExpressions")),
    )


def selector_text(rows: tuple[Requirement, ...]) -> str:
    """As `labelSelector` of a list takes it."""
    return ",".join(map(_written, rows))


def _written(row: Requirement) -> str:
    match row.operator:
        case "In" | "NotIn":
            return f"{row.key} {row.operator.lower()} ({','.join(row.values)})"
        case "Exists":
            return row.key
        case _:
            return f"!{row.key}"


def _requests(spec: Object) -> Counter[str]:
    """Its containers and sidecars together, or where that is more, an init container and the sidecars before it."""
    together = sum((_of(each) for each in spec.get("containers") or ()), Counter[str]())
    sidecars, most = Counter[str](), Counter[str]()
    for each in spec.get("initContainers") or ():
        if each.get("restartPolicy") == "Always":
            sidecars += _of(each)
            most |= sidecars
        else:
            most |= sidecars + _of(each)
    found = (together + sidecars) | most
    for name, value in amounts((spec.get("resources") or {}).get("requests")).items():
        if name in _OF_THE_POD or name.startswith("hugepages-"):
            found[name] = value
    return found + amounts(spec.get("overhead"))


def _of(container: Object) -> Counter[str]:
    return amounts((container.get("resources") or {}).get("requests"))


def _terms(affinity: Object) -> tuple[NodeTerm, ...] | None:
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    if required is None:
        return None
    return tuple(
        NodeTerm(labels=tuple(_rows(each.get("matchExpressions"))), name=tuple(_rows(each.get("matchFields"))))
        for each in required["nodeSelectorTerms"]
    )


def _apart(affinity: Object) -> Iterator[Apart]:
    """Those whose pods are told by labels alone, in the pod's own namespace; the others are not judged."""
    for term in affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or ():
        elsewhere = term.get("namespaces") or term.get("namespaceSelector") is not None
        computed = term.get("matchLabelKeys") or term.get("mismatchLabelKeys")
        if term.get("labelSelector") is not None and not elsewhere and not computed:
            yield Apart(topology=term["topologyKey"], selector=selector(term["labelSelector"]))


def _toleration(found: Object) -> Toleration:
    return Toleration(
        key=found.get("key") or "",
        operator=found.get("operator") or "Equal",
        value=found.get("value") or "",
        effect=found.get("effect") or "",
    )


def _rows(expressions: list[Object] | None) -> Iterator[Requirement]:
    for each in expressions or ():
        yield Requirement(key=each["key"], operator=each["operator"], values=tuple(each.get("values") or ()))
