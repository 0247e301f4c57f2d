"""An invocation that was frozen for longer than it holds its slot changes nothing more: another may be at work by then.

One call may be on its way, and some do no harm. Whoever was about to become a holder may still do so, anew.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.proof.crashes import changes
from tests.proof.gate import Life

HARMLESS = frozenset({"create pods", "delete pods", "create events", "patch events", "publish step"})
"""Its own probes (the threads of which are on their way, too), what it had done is told, and a nudge is only that."""
_ANYBODYS = HARMLESS | {"update noderefreshes/status"}
"""As whoever tries to become a holder writes the status as well."""


@dataclass(frozen=True, slots=True)
class Frozen:
    life: Life
    calls: int  # until then, the one on its way among them


def went_on(frozen: Iterable[Frozen]) -> Iterator[str]:
    for each in frozen:
        before, late = each.life.calls[: each.calls], each.life.calls[each.calls :]
        if any(changes(call) and call not in _ANYBODYS for call in before):
            yield from (f"frozen at {before[-1]}, and later it did {call}" for call in late if _harms(call))


def _harms(call: str) -> bool:
    return changes(call) and call not in HARMLESS
