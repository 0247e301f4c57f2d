"""A small at-least-once queue that speaks Pub/Sub's gRPC API and pushes as Pub/Sub does."""

import grpc

from sandbox.pace import Pace
from sandbox.pubsub.faults import MessageFaults
from sandbox.pubsub.publisher import Publisher
from sandbox.pubsub.queue import Queue
from sandbox.pubsub.subscriber import Subscriber


class EmbeddedQueue:
    """A `Broker` in the running event loop; ack deadlines and back-off run at the sandbox's pace."""

    name = "embedded queue"

    def __init__(self, *, pace: Pace) -> None:
        self.endpoint = ""
        self.faults = MessageFaults()
        self._pace = pace
        self._queue = Queue()
        self._server: grpc.aio.Server | None = None

    async def start(self) -> None:
        server = grpc.aio.server(options=[("grpc.so_reuseport", 0)])
        server.add_generic_rpc_handlers(
            (
                Publisher(self._queue).service(),
                Subscriber(queue=self._queue, pace=self._pace, faults=self.faults).service(),
            )
        )
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        self._server = server
        self.endpoint = f"127.0.0.1:{port}"

    async def stop(self) -> None:
        if self._server:
            await self._queue.close()
            await self._server.stop(grace=None)
            self._server = None
