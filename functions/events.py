"""The stable names of what the audit trail says. One structured log line each; metrics and queries rely on them."""

# on_pull_event
VERDICT = "repull.verdict"  # a diagnosis ended: kind, cause, checks with evidence, advice
DUPLICATE = "repull.duplicate"  # the same cause again within the window
NOISE = "repull.noise"  # not ours to handle; acknowledged
REJECTED = "repull.rejected"  # can never succeed; kept in the dead-letter topic
RETRY = "repull.retry"  # should have worked; asked for redelivery
REFRESH_OPENED = "repull.refresh_opened"
CONSENT_WANTED = "repull.consent_wanted"  # found by elimination, and a person is to decide: with the command
OBSERVED = "repull.observed"  # what would have been done (observe mode, dry run)

# on_refresh_step
STALE_MESSAGE = "repull.stale_message"  # older than its slot, or its refresh is over
BUSY = "repull.busy"  # another invocation holds the slot
REFRESH_STARTED = "repull.refresh_started"
PROBED = "repull.probed"  # node, kind, answer, evidence
PASSED_OVER = "repull.passed_over"
NO_ROOM = "repull.no_room"  # a node's pods find no room on other nodes, or none of its pool; it is renewed all the same
TAINTED = "repull.tainted"  # new pods are kept off a node that can't pull
UNTAINTED = "repull.untainted"  # … and no longer
PHASE = "repull.phase"  # a node enters a phase, or its cordon is set or taken off
EVICTING = "repull.evicting"  # pods, before they are asked to go for the first time: an answer may be lost
EVICTED = "repull.evicted"
EVICTION_BLOCKED = "repull.eviction_blocked"
RESET = "repull.reset"
RECREATE = "repull.recreate"
STOP = "repull.stop"
START = "repull.start"  # of a machine that was stopped
SCALED_DOWN = "repull.scaled_down"  # a Deployment to zero, and how many replicas it had
SCALING_UP = "repull.scaling_up"  # before a Deployment is given its replicas back: the note of them goes with that
SCALED_UP = "repull.scaled_up"  # a Deployment has its replicas back
NOT_MARKED = "repull.not_marked"  # a node may not be written: it lacks a mark of ours, or keeps it, and why
NOT_FORGOTTEN = "repull.not_forgotten"  # a renewal that was never made counts for the cooldown all the same, and why
ESCALATED = "repull.escalated"  # a reset did not help, and the machine is recreated
RENEWED = "repull.renewed"
FRESH = "repull.fresh"
NODE_FAILED = "repull.node_failed"  # renewal or verification failed or unproven
GIVEN_BACK = "repull.given_back"  # a node is given back without a renewal, why, and the run stops
GAVE_WAY = "repull.gave_way"  # a node is given back for somebody else's work on it: nothing failed
POD_RETRIED = "repull.pod_retried"
NOT_AT_WORK = "repull.not_at_work"  # a node is done, and pods that should be at work by now are not, or can't be seen
HELD = "repull.held"  # no further node is taken for now, why, and until when
RESUMED = "repull.resumed"
BREAKER_TRIPPED = "repull.breaker_tripped"  # until a person has looked
STEP_PUBLISHED = "repull.step_published"
STOPPING = "repull.stopping"
REFRESH_ENDED = "repull.refresh_ended"
SWEPT = "repull.swept"
PLAN = "repull.plan"
