"""Pub/Sub's pushes, as fast as one process can send them: raw requests over a few connections that stay open."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator

CONNECTIONS = 8
HEAD = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


async def push(port: int, bodies: Iterable[bytes]) -> Counter[int]:
    """Send every body to the function on `port`; how often each status was answered."""
    statuses: Counter[int] = Counter()
    waiting = iter(bodies)
    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(_connection(port, waiting, statuses))
    return statuses


async def _connection(port: int, waiting: Iterator[bytes], statuses: Counter[int]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for body in waiting:
        writer.write(HEAD % len(body) + body)
        status, stays_open = await _answer(reader)
        statuses[status] += 1
        if not stays_open:
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bool]:
    """The status, and whether the server keeps the connection open."""
    lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    await reader.readexactly(int(headers.get("content-length", "0")))
    return int(lines[0].split()[1]), headers.get("connection", "").lower() != "close"
