"""What a screen can do, whichever it is."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from sandbox.viewer.journal import Journal
from sandbox.world import World


class Screen(Protocol):
    def showing(self, world: World, journal: Journal, title: str) -> AbstractAsyncContextManager[None]:
        """Follow the world for as long as the context lasts."""

    def line(self, text: str = "") -> None:
        """Print a line, before or after."""
