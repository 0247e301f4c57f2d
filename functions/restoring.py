"""Gives replica counts back, whoever has to: the run that took them, or the sweep where that is over or gone."""

from collections.abc import Callable
from dataclasses import dataclass

from functions import events, replicas
from functions.errors import Conflict, NotFound, Refused, Retryable
from functions.model.workload import Deployment, Scaling
from functions.ports import Clock, Deployments, Guard, unguarded
from functions.racing import ATTEMPTS, apart
from functions.replicas import REPLICAS
from functions.text import counted

Say = Callable[[str, str], None]
"""A line of the audit trail: its event, and the sentence."""

MOST = 256
"""Deployments looked at; a node runs fewer pods."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Restored:
    """What became of those that could not be given back, in a sentence each."""

    refused: tuple[str, ...] = ()  # a person has to look at it
    failed: tuple[str, ...] = ()  # to be tried again


def give_back(
    deployments: Deployments, found: tuple[Deployment, ...], clock: Clock, say: Say, guard: Guard = unguarded
) -> Restored:
    """All of them: one that can't be had back keeps no other down. `guard` is asked before each change.

    What is about to be done is said, too: once it is done nothing shows who has done it.
    """
    refused, failed = [], []
    for each in found:
        try:
            _give_back(deployments, each, clock, say, guard)
        except Refused as refusal:
            refused.append(f"Deployment {each.key} can't be given its replicas back: {refusal}")
        except Retryable as error:
            failed.append(f"Deployment {each.key}: {error}")
    return Restored(refused=tuple(refused), failed=tuple(failed))


def _give_back(deployments: Deployments, seen: Deployment, clock: Clock, say: Say, guard: Guard) -> None:
    """Unless there is nothing to do any more."""
    found: Deployment | None = seen
    for lost in range(1, ATTEMPTS + 1):
        if found is None or not (refresh := replicas.scaled_by(found)):
            return
        change = replicas.give_back(found)
        if change is None:
            raise Refused(
                f"its note {REPLICAS} can't be read; kubectl -n {found.namespace} scale deployment {found.name} "
                f"--replicas=N (repull audit {refresh} --event scaled_down tells how many there were), "
                "and the sweep takes the note off"
            )
        say(events.SCALING_UP, _about(found, change))
        guard()
        try:
            back = deployments.change(found, change)
        except Conflict:
            clock.pause(apart(lost))
            found = deployments.get(seen.namespace, seen.name)
        except NotFound:
            return
        else:
            kept = "" if change.replicas is not None else ", which somebody had set meanwhile"
            say(events.SCALED_UP, f"Deployment {back.key} has {counted(back.replicas, 'replica')} again{kept}")
            return
    raise Retryable(f"lost {ATTEMPTS} races in a row")


def _about(found: Deployment, change: Scaling) -> str:
    """What is about to be done."""
    if change.replicas is None:
        return f"leaves Deployment {found.key} the {counted(found.replicas, 'replica')} that somebody has set meanwhile"
    return f"gives Deployment {found.key} its {counted(change.replicas, 'replica')} back"
