"""How a drain ended, in words that fit kubectl's and ours."""

import re
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from tests.contract.drain.building import Site
from tests.contract.drain.kubelets import is_going
from tests.contract.drain.yard import Yard


class Verdict(StrEnum):
    REFUSED = "refused"  # before anything was evicted
    DRAINED = "drained"
    BLOCKED = "blocked"  # given up on the way


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """By workload: `named` are those that a refusal names, `gone` the pods that are gone or going, `ended` the gone."""

    verdict: Verdict
    named: frozenset[int]
    gone: Counter[int]
    ended: Counter[int]
    cordoned: bool
    said: str


async def observe(yard: Yard, site: Site, verdict: Verdict, said: str) -> Outcome:
    """What the API server has now."""
    pods = [pod for namespace in site.namespaces for pod in await yard.client.list("pods", namespace)]
    present = {pod["metadata"]["uid"] for pod in pods}
    staying = {pod["metadata"]["uid"] for pod in pods if not is_going(pod)}
    found = await yard.client.get("nodes", site.name)
    return Outcome(
        verdict=verdict,
        named=frozenset(int(number) for number in re.findall(rf"\b{site.name}[\w-]*/w(\d+)-", said)),
        gone=Counter(number for uid, number in site.pods.items() if uid not in staying),
        ended=Counter(number for uid, number in site.pods.items() if uid not in present),
        cordoned=bool(found["spec"].get("unschedulable")),
        said=said,
    )
