"""What is asked right before a call that changes something, however late that is."""

from collections.abc import Callable

Guard = Callable[[], None]
"""Asked at the very last moment before a call that changes something. Raises HolderLost where it must not be made."""


def unguarded() -> None:
    """For a call that nobody could mind."""
