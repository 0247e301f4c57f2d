"""Where a scenario plays: the world, the narrator's voice, and waiting for things to happen."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox import deployment
from sandbox.google.logstore import Entry
from sandbox.objects.kinds import Object
from sandbox.world import World

PATIENCE = 180.0  # real seconds on ring 1; what has not happened by then is judged as it stands
_LOOK_AGAIN = 0.03
_OVER = frozenset({"Succeeded", "Failed", "Aborted"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Stage:
    world: World
    say: Callable[[str], None]

    async def until(self, condition: Callable[[], bool], what: str, *, seconds: float = PATIENCE) -> bool:
        """Wait until it holds; False, and said, where it does not hold in time. What the view shows then is no older.

        `seconds` are ring 1's.
        """
        seconds *= self.world.ring.patience
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            if condition():
                await self.world.view.catch_up()
                if condition():
                    return True
            await asyncio.sleep(_LOOK_AGAIN)
        self.say(f"waited {seconds:.0f} s in vain: {what}")
        await self.world.view.catch_up()
        return False

    def audit(self, event: str, **fields: object) -> list[Entry]:
        """The functions' audit lines of one kind whose fields are these, oldest first."""
        return [
            entry
            for entry in self.world.logs
            if (line := entry.get("jsonPayload"))
            and line.get("event") == event
            and all(line.get(name) == value for name, value in fields.items())
        ]

    async def verdict(self, kind: str) -> dict[str, Any]:
        """Wait for a diagnosis of this kind; its audit line, or nothing where it never comes."""
        await self.until(lambda: bool(self.audit("repull.verdict", kind=kind)), f"the verdict {kind}")
        found = self.audit("repull.verdict", kind=kind)
        line: dict[str, Any] = found[-1]["jsonPayload"] if found else {}
        return line

    def refreshes(self) -> Iterator[Object]:
        yield from self.world.view.list("noderefreshes")

    async def refresh_is_over(self, number: int = 1) -> bool:
        """Wait until so many refreshes have been opened and all of them have ended."""

        def over() -> bool:
            phases = [(each.get("status") or {}).get("phase") for each in self.refreshes()]
            return len(phases) >= number and _OVER.issuperset(phases)

        return await self.until(over, f"the end of {number} NodeRefresh(es)")

    async def is_held(self, words: str) -> bool:
        """Wait until the refresh says that no further node is taken, with these words, and none is under way."""

        def held() -> bool:
            statuses = [each.get("status") or {} for each in self.refreshes()]
            slots = [slot for status in statuses for slot in status.get("slots") or ()]
            under_way = any(slot.get("holder") or slot.get("node") for slot in slots)
            return not under_way and any(words in status.get("message", "") for status in statuses)

        return await self.until(held, f"that the run is held: {words}")

    async def sweep(self) -> None:
        """As Cloud Scheduler does every ten minutes."""
        await self.world.publish(deployment.STEPS_TOPIC, {"action": "sweep"})

    async def deploy(self, settings: Mapping[str, str]) -> None:
        """A new revision of on_refresh_step with these settings; the one before dies in whatever it does."""
        self.world.refresh.environ.update(settings)
        await self.world.refresh.kill()

    async def start(self, **fields: object) -> None:
        """Publish a start message by hand."""
        await self.world.publish(deployment.STEPS_TOPIC, {"action": "start", **fields})
