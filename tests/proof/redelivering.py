"""Stories whose messages come as a queue may also bring them: twice at once, or late."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from functions.reply import Reply
from tests.proof.gate import Life
from tests.proof.product import Message
from tests.proof.story import AGAIN, SWEEP, Story


class Doubled(Story):
    """Every message comes twice at once."""

    def deliver(self, message: Message, amid: Callable[[Life], None] = lambda _life: None) -> Reply | None:
        deliver = super().deliver
        with ThreadPoolExecutor(max_workers=2) as both:
            replies = list(both.map(lambda each: deliver(each, amid), (message, message)))
        return next((each for each in replies if each in AGAIN), replies[0])


class Late(Story):
    """Each comes an hour after it was published, and the sweep, which is faster, has published it again."""

    def deliver(self, message: Message, amid: Callable[[Life], None] = lambda _life: None) -> Reply | None:
        self.laboratory.time.skip(3600)
        super().deliver(SWEEP)
        return super().deliver(message, amid)
