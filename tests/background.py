"""An event loop in a thread: the sandbox runs there while a test calls it with ordinary, blocking client libraries."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Any, Self, TypeVar

T = TypeVar("T")


class Background:
    """A context manager around the loop; what `run` is given runs in it."""

    def __enter__(self) -> Self:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.run(self._cancel_all())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(timeout=60)
        self.loop.close()

    def run(self, work: Coroutine[Any, Any, T], *, within: float = 200) -> T:
        """Do `work` in the loop and wait for what it returns: for less than a test may take, so that it is told why."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout=within)

    @contextmanager
    def keeping(self, world: AbstractAsyncContextManager[T], *, within: float = 200) -> Iterator[T]:
        """Open it in the loop and keep it open; within so many seconds it must be. One task opens and closes it."""
        opened: asyncio.Future[T] = self.loop.create_future()
        closing = asyncio.Event()

        async def live() -> None:
            try:
                async with world as found:
                    opened.set_result(found)
                    await closing.wait()
            except BaseException as error:
                if not opened.done():
                    opened.set_exception(error)
                raise

        async def begin() -> tuple[asyncio.Task[None], T]:
            task = asyncio.create_task(live())
            return task, await opened

        async def end(task: asyncio.Task[None]) -> None:
            closing.set()
            await task

        task, found = self.run(begin(), within=within)
        try:
            yield found
        finally:
            self.run(end(task))

    async def _cancel_all(self) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
