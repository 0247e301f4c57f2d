"""What the stopwatch says of one diagnosis, as a line on stdout: written by one process, read by the other."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Self

_KEY = "lap"


@dataclass(frozen=True, kw_only=True, slots=True)
class Lap:
    """From the event to the verdict, in seconds."""

    whole: float
    in_sockets: float  # connecting, sending, waiting for an answer and taking it in
    cpu: float  # of the thread, the sockets' calls included
    ended: float  # when the verdict was written, by the wall clock

    @property
    def own(self) -> float:
        return self.whole - self.in_sockets

    @property
    def ended_at(self) -> datetime:
        return datetime.fromtimestamp(self.ended, UTC)

    @property
    def line(self) -> str:
        return json.dumps({_KEY: asdict(self)})

    @classmethod
    def read(cls, line: str) -> Self | None:
        """None where the line is not a stopwatch's."""
        if not line.startswith(f'{{"{_KEY}": '):
            return None
        return cls(**json.loads(line)[_KEY])
