"""Hundreds of nodes drained side by side on a real control plane: the same pods gone, the same left, or as declared."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from functions.adapters.kube_kept import LISTED_AGAIN
from tests.contract.adapters.product import EMAIL
from tests.contract.drain.comparing import Pair, Undeclared, differences
from tests.contract.drain.differences import Difference
from tests.contract.drain.generated import cases
from tests.contract.drain.named import ALIKE, DIFFERENT
from tests.contract.drain.outcome import Verdict
from tests.contract.drain.profiles import distinct
from tests.contract.drain.sidebyside import SideBySide
from tests.contract.drain.yard import yard

pytestmark = [pytest.mark.ring2, pytest.mark.timeout(1800)]

GENERATED = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Drained:
    """Every case, drained twice, and the API server's own record of it."""

    named: dict[str, Pair]
    generated: tuple[Pair, ...]
    audit: tuple[str, ...]

    def most_tries(self, node: str) -> int:
        """How often we tried to evict one and the same pod of the node."""
        tries = Counter(
            json.loads(line)["objectRef"]["name"]
            for line in self.audit
            if f'"{node}"' in line and '"eviction"' in line and EMAIL in line
        )
        return max(tries.values(), default=0)

    def lists(self, node: str) -> list[datetime]:
        """When we listed the pods of the node."""
        of_node = f"fieldSelector=spec.nodeName%3D{node}&"
        events = (json.loads(line) for line in self.audit if '"list"' in line and node in line and EMAIL in line)
        found = (each for each in events if of_node in f"{each['requestURI']}&")
        return [datetime.fromisoformat(each["requestReceivedTimestamp"]) for each in found]


@pytest.fixture(scope="module")
def drained(tmp_path_factory: pytest.TempPathFactory) -> Drained:
    return asyncio.run(_drain_all(tmp_path_factory.mktemp("drains")))


async def _drain_all(folder: Path) -> Drained:
    named = ALIKE | {name: case for name, (_, case) in DIFFERENT.items()}
    generated = distinct(cases(), fixed=GENERATED)
    async with yard(folder) as where:
        side_by_side = SideBySide(where)
        try:
            jobs = named | {f"generated-{number}": case for number, case in enumerate(generated)}
            pairs = await side_by_side.all(jobs)
        finally:
            side_by_side.close()
        return Drained(
            named={name: pairs[name] for name in named},
            generated=tuple(pairs[name] for name in jobs if name not in named),
            audit=tuple(where.plane.audit.read_text().splitlines()),
        )


def test_the_same_pods_are_gone_and_left_or_as_declared(drained: Drained) -> None:
    undeclared = list(_undeclared(drained.generated))

    assert not undeclared, f"{len(undeclared)} of {len(drained.generated)}:\n" + "\n".join(undeclared)


def _undeclared(pairs: tuple[Pair, ...]) -> Iterator[str]:
    for pair in pairs:
        try:
            differences(pair)
        except Undeclared as found:
            yield str(found)


def test_enough_nodes_of_enough_kinds(drained: Drained) -> None:
    """What generates them has not become lazy."""
    verdicts = {pair.kubectl.verdict for pair in drained.generated}
    owners = {each.owner for pair in drained.generated for each in pair.case.workloads}
    guards = {each.guard for pair in drained.generated for each in pair.case.workloads}
    states = {each.state for pair in drained.generated for each in pair.case.workloads}
    comebacks = {each.comeback for pair in drained.generated for each in pair.case.workloads}

    assert len(drained.generated) >= GENERATED
    for seen in (verdicts, owners, guards, states, comebacks):
        kind = type(next(iter(seen)))
        assert seen == set(kind), kind


@pytest.mark.parametrize("name", ALIKE)
def test_alike(drained: Drained, name: str) -> None:
    pair = drained.named[name]

    assert differences(pair) == set()
    assert pair.repull.verdict is Verdict.DRAINED


@pytest.mark.parametrize("name", DIFFERENT)
def test_different_on_purpose(drained: Drained, name: str) -> None:
    assert DIFFERENT[name][0] in differences(drained.named[name])


def test_a_blocked_eviction_is_asked_for_again(drained: Drained) -> None:
    assert drained.most_tries("budget-never-recovers-r") > 5


@pytest.mark.parametrize("name", [*ALIKE, *DIFFERENT])
def test_a_drain_is_told_what_changes_and_does_not_ask(drained: Drained, name: str) -> None:
    """Once before the cordon, and once after it: the lists of the pods of a node are large."""
    lists = drained.lists(f"{name}-r")

    assert lists
    assert len(lists) <= 2 + (lists[-1] - lists[0]).total_seconds() / LISTED_AGAIN


def test_the_documentation_has_a_section_for_every_declared_difference() -> None:
    page = Path(__file__).parents[3] / "docs" / "drain.md"
    section = page.read_text().split("\n## What is different on purpose\n", 1)[1].split("\n## ", 1)[0]

    assert re.findall(r"^### (.+)$", section, re.MULTILINE) == [each.value for each in Difference]
