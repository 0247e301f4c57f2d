"""What the sandbox needs of a message broker, whichever it is."""

from typing import Protocol


class Broker(Protocol):
    name: str  # what the screen says
    endpoint: str  # HOST:PORT for PUBSUB_EMULATOR_HOST; "" before the start

    async def start(self) -> None:
        """Returns when it answers."""

    async def stop(self) -> None:
        """Ends every delivery and frees the port; harmless where it isn't running."""
