"""How the one NodeRefresh ended, or what it waits for."""

from collections.abc import Iterable
from datetime import datetime

from sandbox.judge.check import Check, empty, fails
from sandbox.objects.conditions import is_true
from sandbox.objects.kinds import name_of
from sandbox.world import World


def refresh_ended(world: World, phase: str, condition: str, *, naming: Iterable[str] = ()) -> Check:
    """There was one NodeRefresh; it ended so, with exactly that condition True, and its message names these."""
    found = world.view.list("noderefreshes")
    what = f"one NodeRefresh, ended {phase}{', naming ' + ' and '.join(naming) if naming else ''}"
    if len(found) != 1:
        return fails(what, f"there are {len(found)}")
    status = found[0].get("status") or {}
    true = [kind for kind in ("Complete", "Failed", "Aborted") if is_true(found[0], kind)]
    message = " ".join((str(status.get("message", "")), *map(str, status.get("notes") or ())))
    good = status.get("phase") == phase and true == [condition] and all(word in message for word in naming)
    return Check(says=what, holds=good, why=f"{status.get('phase')}, {', '.join(true)}: {message}")


def is_held(world: World, *words: str) -> Check:
    """The one NodeRefresh is not over, and its message says that it is held, with these words."""
    found = [each.get("status") or {} for each in world.view.list("noderefreshes")]
    messages = [str(status.get("message", "")) for status in found if status.get("held") and not status.get("endedAt")]
    holds = len(found) == 1 and len(messages) == 1 and all(word in messages[0] for word in words)
    return Check(says=f"the NodeRefresh is held, naming {' and '.join(words)}", holds=holds, why=str(found))


def not_before(world: World, moment: datetime) -> Check:
    """The one NodeRefresh says that it is held until then at least."""
    found = [(each.get("status") or {}).get("notBefore", "") for each in world.view.list("noderefreshes")]
    holds = len(found) == 1 and bool(found[0]) and datetime.fromisoformat(found[0]) >= moment
    return Check(says=f"the NodeRefresh waits until {moment:%Y-%m-%d} at least", holds=holds, why=str(found))


def counted(world: World, **numbers: int) -> Check:
    """The one NodeRefresh counts these, and every node of its total once; those that are new are in none."""
    found = world.view.list("noderefreshes")
    status = (found[0].get("status") or {}) if len(found) == 1 else {}
    counts = {key: status.get(key, 0) for key in ("fresh", "renewed", "failed", "passedOver", "refused", "givenBack")}
    says = (
        f"the NodeRefresh counts {', '.join(f'{number} {key}' for key, number in numbers.items())}, and each node once"
    )
    met = all(status.get(key, 0) == number for key, number in numbers.items())
    holds = met and sum(counts.values()) == status.get("total") == status.get("done")
    return Check(says=says, holds=holds, why=f"{counts} of {status.get('total')}: {status}")


def no_refresh(world: World) -> Check:
    return empty("no NodeRefresh was opened", [name_of(each) for each in world.view.list("noderefreshes")])
