"""How the handling of one message ended.

`main.py` has the table that turns each into an acknowledgement or a redelivery.
"""

from enum import StrEnum


class Reply(StrEnum):
    HANDLED = "handled"
    DUPLICATE = "duplicate"  # the same again: the first one's outcome stands
    NOISE = "noise"  # not ours to handle
    REJECTED = "rejected"  # can never succeed; kept in the dead-letter topic
    BUSY = "busy"  # another invocation is at it; come back in case it dies
    RETRY = "retry"  # should have worked and did not
