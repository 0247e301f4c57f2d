"""Drains every case twice, on two nodes that are alike: once by kubectl and once by us."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from functions.adapters.tokens import Tokens
from functions.replacements import CLOCKS_APART
from tests.contract.adapters.product import Issued, adapters
from tests.contract.drain import ours, theirs
from tests.contract.drain.building import Site, build, get_ready
from tests.contract.drain.cases import Case
from tests.contract.drain.comparing import Pair
from tests.contract.drain.generated import ELSEWHERE_UNREADY
from tests.contract.drain.outcome import Outcome, Verdict, observe
from tests.contract.drain.yard import Yard

AT_ONCE = 12
"""Cases under way: most of a drain's time is waiting."""

GROWN_OLD = CLOCKS_APART + timedelta(seconds=1)
"""So old are pods that nobody takes for replacements: one that came right before the cordon may have come after it."""


class SideBySide:
    """Close it in the end."""

    def __init__(self, yard: Yard) -> None:
        self._yard = yard
        plane = yard.plane
        self._api, self._cluster = adapters(
            url=plane.url, ca=plane.ca, tokens=Tokens(Issued(yard.identities)), read_seconds=60
        )
        self._threads = ThreadPoolExecutor(max_workers=AT_ONCE)
        self._gate = asyncio.Semaphore(AT_ONCE)

    def close(self) -> None:
        self._threads.shutdown()
        self._api.close()

    async def all(self, cases: dict[str, Case]) -> dict[str, Pair]:
        """Under the cases' names, which are those of the nodes, too."""
        pairs = await asyncio.gather(*(self._one(name, case) for name, case in cases.items()))
        return dict(zip(cases, pairs, strict=True))

    async def _one(self, name: str, case: Case) -> Pair:
        async with self._gate:
            (kubectl, forced), repull = await asyncio.gather(
                self._kubectl(case, f"{name}-k"), self._repull(case, f"{name}-r")
            )
            return Pair(case=case, kubectl=kubectl, forced=forced, repull=repull)

    async def _kubectl(self, case: Case, name: str) -> tuple[Outcome, Outcome | None]:
        site = await build(self._yard, case, name)
        outcome = await self._kubectl_patiently(site, force=case.force)
        forced = None
        if outcome.verdict is Verdict.REFUSED and outcome.named <= case.going:
            forced = await self._kubectl_patiently(site, force=True)
        return outcome, forced

    async def _kubectl_patiently(self, site: Site, *, force: bool) -> Outcome:
        """As often as it gets any further: on a busy machine a time-out may come too early for what does end."""
        outcome = await self._kubectl_once(site, force=force)
        while outcome.verdict is Verdict.BLOCKED and not _is_final(site.case, outcome):
            before, outcome = outcome, await self._kubectl_once(site, force=force)
            if outcome.gone == before.gone and outcome.ended == before.ended:
                break
        return outcome

    async def _kubectl_once(self, site: Site, *, force: bool) -> Outcome:
        async def on_blocked() -> None:
            await get_ready(site)

        verdict, said = await theirs.drain(
            self._yard, site.name, force=force, patience=site.case.patience, on_blocked=on_blocked
        )
        return await observe(self._yard, site, verdict, said)

    async def _repull(self, case: Case, name: str) -> Outcome:
        site = await build(self._yard, case, name)
        if any(each.guard in ELSEWHERE_UNREADY for each in case.workloads):
            await asyncio.sleep(GROWN_OLD.total_seconds())
        loop = asyncio.get_running_loop()

        def on_blocked() -> None:
            asyncio.run_coroutine_threadsafe(get_ready(site), loop).result(timeout=200)

        def is_due() -> bool:
            pods = (pod for namespace in site.namespaces for pod in self._yard.seen.all("pods", namespace))
            return case.is_due(number for pod in pods if (number := site.pods.get(pod["metadata"]["uid"])) is not None)

        clock = ours.Clock(case, is_due)
        for namespace in site.namespaces:
            self._yard.seen.stirred[namespace] = clock.stir

        def drained() -> tuple[Verdict, str]:
            return ours.drain(self._cluster, name, force=case.force, passing=clock, on_blocked=on_blocked)

        verdict, said = await loop.run_in_executor(self._threads, drained)
        outcome = await observe(self._yard, site, verdict, said)
        for namespace in site.namespaces:
            del self._yard.seen.stirred[namespace]
        return outcome


def _is_final(case: Case, outcome: Outcome) -> bool:
    """Whether what has not ended never will."""
    left = [each for number, each in enumerate(case.workloads) if outcome.ended[number] < each.here]
    return all(each.stays or each.holds_out for each in left)
