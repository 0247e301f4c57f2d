"""A pull subscription: hands messages out on a lease, and again where the lease runs out."""

import asyncio
import secrets
from collections import deque
from dataclasses import dataclass

from sandbox.pubsub.message import Message
from sandbox.pubsub.policy import DeliveryPolicy


@dataclass(kw_only=True, slots=True)
class Leased:
    """A message in somebody's hands."""

    ack_id: str
    message: Message
    attempt: int
    expiry: asyncio.TimerHandle


class PullSubscription:
    def __init__(self, policy: DeliveryPolicy) -> None:
        self.policy = policy
        self.endpoint = ""
        self._waiting: deque[tuple[Message, int]] = deque()  # with the deliveries so far
        self._leased: dict[str, Leased] = {}
        self._arrived = asyncio.Event()

    def offer(self, message: Message) -> None:
        self._wait(message, 0)

    async def pull(self, limit: int, *, seconds: float) -> list[Leased]:
        """Up to `limit` messages; waits up to `seconds` for the first, and may answer with none."""
        if not self._waiting:
            self._arrived.clear()
            try:
                await asyncio.wait_for(self._arrived.wait(), seconds)
            except TimeoutError:
                return []
        return [self._lease(*self._waiting.popleft()) for _ in range(min(limit, len(self._waiting)))]

    def acknowledge(self, ack_id: str) -> None:
        """An unknown or expired id is no error; its message just comes again."""
        if leased := self._leased.pop(ack_id, None):
            leased.expiry.cancel()

    def extend(self, ack_id: str, seconds: float) -> None:
        """Let the lease run out in `seconds` from now; 0 gives the message back at once."""
        if leased := self._leased.get(ack_id):
            leased.expiry.cancel()
            if seconds:
                leased.expiry = self._in(self.policy.pace.real(seconds), ack_id)
            else:
                self._expire(ack_id)

    async def close(self) -> None:
        """Let no lease run out any more."""
        for leased in self._leased.values():
            leased.expiry.cancel()

    def _lease(self, message: Message, deliveries: int) -> Leased:
        ack_id = secrets.token_urlsafe(12)
        leased = Leased(
            ack_id=ack_id,
            message=message,
            attempt=deliveries + 1,
            expiry=self._in(self.policy.ack_deadline, ack_id),
        )
        self._leased[ack_id] = leased
        return leased

    def _in(self, seconds: float, ack_id: str) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(seconds, self._expire, ack_id)

    def _expire(self, ack_id: str) -> None:
        leased = self._leased.pop(ack_id)
        if not self.policy.bury(leased.message, leased.attempt):
            delay = self.policy.backoff(leased.attempt)
            asyncio.get_running_loop().call_later(delay, self._wait, leased.message, leased.attempt)

    def _wait(self, message: Message, deliveries: int) -> None:
        self._waiting.append((message, deliveries))
        self._arrived.set()
