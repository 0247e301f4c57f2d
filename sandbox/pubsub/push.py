"""A push subscription: POSTs each message to its endpoint until that acknowledges."""

import asyncio
from collections.abc import Sequence

import httpx

from sandbox.pubsub.faults import MessageFaults
from sandbox.pubsub.message import Message
from sandbox.pubsub.policy import DeliveryPolicy

ACKNOWLEDGING = frozenset({200, 201, 202, 204})  # and 102, which no client of HTTP takes for the whole answer
_OUTSTANDING = 100  # deliveries under way at once
_Held = tuple[Message, int]  # with the number of copies


class PushSubscription:
    """Deliveries run side by side. An endpoint that outlasts the ack deadline gets the message again meanwhile."""

    def __init__(self, *, endpoint: str, topic: str, policy: DeliveryPolicy, faults: MessageFaults) -> None:
        self.endpoint = endpoint
        self.policy = policy
        self._topic_id = topic.rpartition("/")[2]
        self._faults = faults
        self._http = httpx.AsyncClient(
            timeout=httpx.Timeout(policy.ack_deadline, pool=None),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=_OUTSTANDING),
            trust_env=False,
        )
        self._slots = asyncio.Semaphore(_OUTSTANDING)
        self._tasks: set[asyncio.Task[None]] = set()
        self._held: list[_Held] = []  # until the next message overtakes them

    def offer(self, message: Message) -> None:
        """Begin to deliver, unless a fault has it otherwise."""
        due = self._faults.due(self._topic_id)
        if any(fault.lost for fault in due):
            return
        copies = 1 + sum(fault.copies for fault in due)
        if any(fault.overtaken for fault in due):
            self._held.append((message, copies))
            return
        overtaken, self._held = self._held, []
        self._send(message, copies, delay=sum(fault.delay for fault in due), overtaken=overtaken)

    async def close(self) -> None:
        """Give up every delivery under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.aclose()

    def _send(self, message: Message, copies: int, *, delay: float = 0.0, overtaken: Sequence[_Held] = ()) -> None:
        for _ in range(copies):
            task = asyncio.create_task(self._deliver(message, delay, overtaken))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            overtaken = ()

    async def _deliver(self, message: Message, delay: float, overtaken: Sequence[_Held]) -> None:
        if delay:
            await asyncio.sleep(delay)
        attempts = 0
        while True:
            async with self._slots:
                attempts += 1
                acknowledged = await self._post(message, attempts)
            for held, copies in overtaken:
                self._send(held, copies)
            overtaken = ()
            if acknowledged or self.policy.bury(message, attempts):
                return
            await asyncio.sleep(self.policy.backoff(attempts))

    async def _post(self, message: Message, attempt: int) -> bool:
        """One delivery; an endpoint that is down, hangs up or takes too long has not acknowledged."""
        body = message.push_body(self.policy.subscription, attempt=attempt if self.policy.dead_letters else 0)
        try:
            response = await self._http.post(self.endpoint, json=body, headers={"User-Agent": "CloudPubSub-Google"})
        except httpx.TransportError:
            return False
        return response.status_code in ACKNOWLEDGING
