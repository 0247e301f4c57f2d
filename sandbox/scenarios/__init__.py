"""The stories that the demo can play. Each sets its scene, lets the product work, and judges the world."""

from sandbox.scenarios import (
    aborted,
    all_stale,
    attached_volume,
    breaker,
    budget_blocks,
    crash_mid_drain,
    drain_blocked,
    elimination_ask,
    escalated,
    forced,
    foreign_cordon,
    forged_event,
    forged_node,
    granted_just_now,
    lb_drain,
    missing_grant,
    missing_image,
    never_boots,
    newer_node,
    outside_the_window,
    paused,
    recovers_by_retry,
    recreated,
    refresh_deleted,
    refusal,
    refusals,
    registry_outage,
    scaled_to_zero,
    stale_nodes,
    stopped_and_started,
    two_at_once,
)
from sandbox.scenarios.scenario import Scenario

STORIES: dict[str, Scenario] = {
    module.SCENARIO.name: module.SCENARIO
    for module in (
        stale_nodes,
        missing_image,
        missing_grant,
        granted_just_now,
        recovers_by_retry,
        budget_blocks,
        drain_blocked,
        foreign_cordon,
        crash_mid_drain,
        forged_event,
        forged_node,
        registry_outage,
        all_stale,
        elimination_ask,
        two_at_once,
        never_boots,
        newer_node,
        attached_volume,
        lb_drain,
        forced,
        stopped_and_started,
        recreated,
        escalated,
        scaled_to_zero,
        paused,
        aborted,
        refresh_deleted,
        outside_the_window,
        breaker,
    )
}
"""By name, in the order in which they are listed."""

SCENARIOS: dict[str, Scenario] = STORIES | {each.name: refusal.scenario(each) for each in refusals.REFUSALS}
"""With one for each obstacle: these are one story."""

DEFAULT = stale_nodes.SCENARIO.name
