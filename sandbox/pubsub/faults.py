"""What may go wrong with a message on its way to a push endpoint: doubled, late, overtaken, lost."""

from dataclasses import dataclass


@dataclass(kw_only=True, slots=True)
class MessageFault:
    """Strikes messages number `first` … `first + times - 1` (counted from 1) of a topic."""

    topic: str  # its id, e.g. node-refresh
    first: int = 1
    times: int = 1
    copies: int = 0  # delivered this many times more, side by side
    delay: float = 0.0  # real seconds before the first delivery
    overtaken: bool = False  # delivered only when the topic's next message has been answered for the first time
    lost: bool = False
    seen: int = 0  # messages of the topic so far


class MessageFaults:
    """The faults in force for one broker."""

    def __init__(self) -> None:
        self._faults: list[MessageFault] = []

    def add(self, fault: MessageFault) -> MessageFault:
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        self._faults.clear()

    def due(self, topic: str) -> list[MessageFault]:
        """Count a message on every fault of its topic, and say which of them strike now."""
        due = []
        for fault in self._faults:
            if fault.topic == topic:
                fault.seen += 1
                if fault.first <= fault.seen < fault.first + fault.times:
                    due.append(fault)
        return due
