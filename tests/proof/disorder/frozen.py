"""An invocation that was frozen for longer than it holds its slot changes nothing more: another may be at work by then.

One call may be on its way, and some do no harm. Whoever was about to become a holder may still do so, anew.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.proof.crashes import harms
from tests.proof.gate import Life

_HOLDS = "update noderefreshes/status"
_ON_ITS_WAY = "create pods"
"""By threads of their own, which may have looked at the time right before."""


@dataclass(frozen=True, slots=True)
class Frozen:
    life: Life
    calls: int  # until then, the one on its way among them


def went_on(frozen: Iterable[Frozen]) -> Iterator[str]:
    for each in frozen:
        before, late = each.life.calls[: each.calls], each.life.calls[each.calls :]
        if _HOLDS in before and any(harms(call) and call not in (_HOLDS, _ON_ITS_WAY) for call in before):
            harm = (call for call in late if harms(call) and call != _ON_ITS_WAY)
            yield from (f"frozen at {before[-1]}, and later it did {call}" for call in harm)
