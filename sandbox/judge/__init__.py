"""The judge: what became of the world, by the cluster's objects, the simulators' books and the machines' history."""

from sandbox.judge.check import Check
from sandbox.judge.conduct import advised, no_dead_letter, nothing_was_touched, writes
from sandbox.judge.machines import resets, were_recreated, were_removed, were_reset, were_stopped_and_started
from sandbox.judge.nodes import at_most, no_node_is_cordoned, no_node_was_cordoned, nothing_is_left, one_at_a_time
from sandbox.judge.refreshes import counted, is_held, no_refresh, not_before, refresh_ended
from sandbox.judge.workloads import (
    every_pod_is_ready,
    have_replicas,
    logs_were_read,
    nothing_was_evicted,
    scaled_to_zero,
)

__all__ = [
    "Check",
    "advised",
    "at_most",
    "counted",
    "every_pod_is_ready",
    "have_replicas",
    "is_held",
    "logs_were_read",
    "no_dead_letter",
    "no_node_is_cordoned",
    "no_node_was_cordoned",
    "no_refresh",
    "not_before",
    "nothing_is_left",
    "nothing_was_evicted",
    "nothing_was_touched",
    "one_at_a_time",
    "refresh_ended",
    "resets",
    "scaled_to_zero",
    "were_recreated",
    "were_removed",
    "were_reset",
    "were_stopped_and_started",
    "writes",
]
