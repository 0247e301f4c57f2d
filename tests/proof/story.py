"""One refresh from its start to its end: messages are delivered one by one, and a process that dies is replaced."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from functions.reply import Reply
from tests.proof.evidence import Before
from tests.proof.gate import Crash, Gate, Life
from tests.proof.laboratory import Laboratory
from tests.proof.product import Mail, Message, deliver, process
from tests.proof.scene import Act, Body

AGAIN = frozenset({Reply.BUSY, Reply.RETRY})
MOST_DELIVERIES = 100
RENEWALS = frozenset({"reset of Google", "recreateInstances of Google", "startInstances of Google"})
"""They take a second: a heartbeat is told to the second, and only a younger one than the renewal counts."""
SOON = 3
"""Deliveries of somebody's message before the run goes on: one more than processes die in a story."""
SWEEP = Message(id="sweep", body={"action": "sweep"})


@dataclass(kw_only=True)
class Story:
    """`watching` is called after every step; what was published is delivered in its order."""

    laboratory: Laboratory
    gate: Gate = field(default_factory=Gate)
    mail: Mail = field(default_factory=Mail)
    watching: Callable[[], None] = lambda: None
    before: Before | None = None  # what the world was like, where somebody watches
    replies: list[tuple[Message, Reply | None]] = field(default_factory=list)  # None: the process died
    lives: list[Life] = field(default_factory=list)  # of its processes, in the order of their starts

    @property
    def start(self) -> Message:
        """With which it begins."""
        return Message(id="start", body=self.laboratory.scene.start)

    def play(self, *messages: Message) -> None:
        """Until the refreshes are over and no message is left. A silent world is swept, as every ten minutes."""
        waiting, taken, silences = deque(messages), 0, 0
        scene = self.laboratory.scene
        afterwards = [scene.after] if scene.after else []
        while True:
            waiting.extend(self.mail.steps[taken:])
            taken = len(self.mail.steps)
            if not waiting:
                if not self.over():
                    silences += 1
                    waiting.append(self._breaks(silences))
                elif afterwards:
                    waiting.append(self._done(afterwards.pop()) or SWEEP)
                else:
                    return
            assert len(self.replies) < MOST_DELIVERIES, f"no end: {self.told()}"
            message = waiting.popleft()
            reply = self.deliver(message)
            if reply is None or reply in AGAIN:
                self.laboratory.time.skip(self.laboratory.settings.holder_seconds)
                # As a rule it comes again after a while, behind what waits.
                waiting.insert(0 if scene.again_at_once else len(waiting), message)

    def _breaks(self, silence: int) -> Message:
        """What comes where nothing waits: the sweep, and every other time what the scene has somebody do."""
        act = self.laboratory.scene.silent
        if act is None or silence % 2:
            return SWEEP
        return self._done(act) or SWEEP

    def _done(self, act: Act) -> Message | None:
        here = self.laboratory

        async def acting() -> Body | None:
            return await act(here.stage)

        before = dict(here.world.refresh.environ)
        body = here.background.run(acting())
        if here.world.refresh.environ != before:
            here.deployed()
        return Message(id=f"m-{body['action']}", body=body) if body else None

    def _passes(self, life: Life) -> None:
        scene = self.laboratory.scene
        self.laboratory.time.skip(scene.passing.get(life.at, 1 if life.at[0] in RENEWALS else 0))
        act = scene.amid.get(life.at)
        message = self._done(act) if act else None
        if message and not self._arrives(message):
            self.mail.steps.append(message)

    def _arrives(self, message: Message) -> bool:
        """Whether it takes effect there and then: where its process dies it soon comes again, and the run stands still.

        After the run, when it may come as well, it would find another end, which is as good.
        """
        return any(self.deliver(message) not in (None, *AGAIN) for _ in range(SOON))

    def deliver(self, message: Message, amid: Callable[[Life], None] = lambda _life: None) -> Reply | None:
        """One invocation, in a process of its own; `amid` is told before each of its calls."""

        def passes(life: Life) -> None:
            self._passes(life)
            amid(life)

        here, life = self.laboratory, self.gate.life(passes)
        self.lives.append(life)
        reply: Reply | None
        try:
            with process(life, token=here.token, settings=here.settings, time=here.time, mail=self.mail) as ports:
                reply = deliver(message, ports, here.settings)
        except Crash:
            reply = None
        self.replies.append((message, reply))
        self.watching()
        return reply

    def over(self) -> bool:
        found = self.laboratory.world.view.list("noderefreshes")
        return all((each.get("status") or {}).get("phase") in ("Succeeded", "Failed", "Aborted") for each in found)

    def told(self) -> str:
        """What was delivered and what was said, for whoever has to find out why it went wrong."""
        replies = (f"{message.body} -> {reply or 'died'}" for message, reply in self.replies)
        lines = (f"{line['event']}: {line['message']}" for line in self.mail.lines)
        return "\n".join(("", *replies, "", *lines))
