"""A loopback port that is ours before, between and after the processes that listen on it."""

import socket


class Reservation:
    """Bound, not listening: the kernel gives the port to nobody else, and whoever knows its number may listen on it."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]

    def release(self) -> None:
        """Give it back. Releasing twice is harmless."""
        self._socket.close()
