"""The table of `tools.mutants`: what is broken, how, and which tests must notice."""

from tools.mutations import (
    brakes,
    callers,
    consents,
    ending,
    engine,
    guards,
    memory,
    methods,
    neighbours,
    outages,
    pods,
    rechecks,
    scaling,
    schedule,
    slots,
    speaking,
    sweeping,
    unplaced,
)
from tools.mutations.row import Mutation

MUTATIONS: tuple[Mutation, ...] = (
    *guards.ROWS,
    *neighbours.ROWS,
    *consents.ROWS,
    *pods.ROWS,
    *brakes.ROWS,
    *schedule.ROWS,
    *memory.ROWS,
    *rechecks.ROWS,
    *slots.ROWS,
    *methods.ROWS,
    *outages.ROWS,
    *scaling.ROWS,
    *engine.ROWS,
    *speaking.ROWS,
    *unplaced.ROWS,
    *sweeping.ROWS,
    *ending.ROWS,
    *callers.ROWS,
)
