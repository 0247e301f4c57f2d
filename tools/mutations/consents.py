"""What nobody does without having been asked to, and what a setting forbids whoever asks."""

from tools.mutations.row import row

EVICTIONS = ("tests/unit/test_evictions.py",)
SETTINGS = ("tests/unit/test_settings.py",)
PLANS = ("tests/unit/test_plan.py::test_a_plan_shows_the_first_hundred_nodes_and_counts_the_rest",)
FORBIDS = ("tests/unit/test_plan.py::test_what_a_setting_forbids_no_message_is_given",)
GUARDS = "tests/proof/test_guards.py::test_what_is_in_the_way_is_named_and_nothing_is_touched"
CAN_PULL = ("tests/proof/test_edges.py::test_row_13_a_node_that_can_pull_by_now_is_left_alone",)
_ESCALATION = "tests/proof/test_escalation.py::test_"
IN_VAIN = ("tests/proof/test_engine.py::test_a_renewal_in_vain_stops_the_run_and_names_the_command",)
ONCE = (f"{_ESCALATION}a_recreation_in_vain_is_the_end",)
ABORTED = (f"{_ESCALATION}an_abort_before_it_is_heeded",)
SPEAKS = (f"{_ESCALATION}what_speaks_against_a_recreation_speaks_against_it_here",)
FORBIDDEN = ("tests/proof/test_brakes.py::test_what_a_setting_forbids_meanwhile_is_not_done",)

ROWS = (
    row(
        "what a setting forbids is done where it is asked for",
        "settings/choices.py",
        "return self is Consent.ALLOW or (self is Consent.ASK and asked)",
        "return self is Consent.ALLOW or asked",
        SETTINGS,
    ),
    row(
        "what is asked for is always done",
        "settings/choices.py",
        "return self is Consent.ALLOW or (self is Consent.ASK and asked)",
        "return self is not Consent.FORBID",
        SETTINGS,
    ),
    row(
        "a message that asks for what is forbidden is accepted",
        "plan.py",
        "        if asked and consent is Consent.FORBID:\n",
        "        if False:\n",
        (f"{GUARDS}[force-forbidden]",),
    ),
    row(
        "somebody is told to give a consent that is forbidden",
        "settings/choices.py",
        'return f"let {setting} be ask" if self is Consent.FORBID else f"give {field}"',
        'return f"give {field}"',
        (f"{GUARDS}[bare-pods-forbidden]", f"{GUARDS}[local-data-forbidden]", f"{GUARDS}[local-ssd-forbidden]"),
    ),
    row(
        "a plan has no end",
        "plan.py",
        "not_marked=name, limit=PLANNED_NODES)",
        "not_marked=name, limit=10 * PLANNED_NODES)",
        PLANS,
    ),
    row(
        "a plan of named nodes has no end",
        "plan.py",
        "        named = spec.nodes[:PLANNED_NODES]\n",
        "        named = spec.nodes\n",
        PLANS,
    ),
    row(
        "deleteBarePods can't be forbidden",
        "plan.py",
        '        ("deleteBarePods", "delete_bare_pods", message.delete_bare_pods, settings.delete_bare_pods),\n',
        "",
        FORBIDS,
    ),
    row(
        "deleteLocalStorage can't be forbidden",
        "plan.py",
        '        ("deleteLocalStorage", "delete_local_storage", message.delete_local_storage, '
        "settings.delete_local_storage),\n",
        "",
        FORBIDS,
    ),
    row(
        "deleteLocalSsd can't be forbidden",
        "plan.py",
        '        ("deleteLocalSsd", "delete_local_ssd", message.delete_local_ssd, settings.delete_local_ssd),\n',
        "",
        FORBIDS,
    ),
    row(
        "acceptOutage can't be forbidden",
        "plan.py",
        '        ("acceptOutage", "accept_outage", message.accept_outage, settings.accept_outage),\n',
        "",
        FORBIDS,
    ),
    row(
        "every renewal is forced",
        "hold.py",
        "        return self.settings.force.given(asked=self.refresh.spec.force)\n",
        "        return True\n",
        CAN_PULL,
    ),
    row(
        "force is not forbidden any more once it is asked for",
        "hold.py",
        "        return self.settings.force.given(asked=self.refresh.spec.force)\n",
        "        return self.refresh.spec.force\n",
        FORBIDDEN,
    ),
    row(
        "bare pods are deleted by default",
        "phases/scope.py",
        "settings.delete_bare_pods.given(asked=spec.delete_bare_pods)",
        "settings.delete_bare_pods.given(asked=True)",
        (f"{GUARDS}[bare-pod]",),
    ),
    row(
        "local data is deleted by default",
        "phases/scope.py",
        "settings.delete_local_storage.given(asked=spec.delete_local_storage)",
        "settings.delete_local_storage.given(asked=True)",
        (f"{GUARDS}[local-data]",),
    ),
    row(
        "local SSDs are lost by default",
        "phases/preflight.py",
        "hold.settings.delete_local_ssd.given(asked=hold.refresh.spec.delete_local_ssd)",
        "True",
        (f"{GUARDS}[local-ssd]",),
    ),
    row(
        "consent to lose bare pods is consent to lose local data",
        "evictions.py",
        "    if not pod.local_volumes or pod.finished or facts.consents.local_storage:\n",
        "    if not pod.local_volumes or pod.finished or facts.consents.local_storage or facts.consents.bare_pods:\n",
        EVICTIONS,
    ),
    row(
        "pods of a DaemonSet that is gone are evicted without consent",
        "evictions.py",
        "    if not name or pod.finished or facts.consents.bare_pods:\n",
        "    if True:\n",
        EVICTIONS,
    ),
    row(
        "a reset in vain escalates by default",
        "phases/escalate.py",
        "    if hold.settings.escalate is not Switch.ON or methods",
        "    if methods",
        IN_VAIN,
    ),
    row(
        "the re-creation of a machine is no reason not to re-create it again",
        "phases/escalate.py",
        "Switch.ON or methods.chosen(hold.refresh, hold.slot) is not Method.RESET:",
        "Switch.ON:",
        ONCE,
    ),
    row(
        "an abort does not keep from escalating",
        "phases/escalate.py",
        "    return not hold.status.stopping\n",
        "    return True\n",
        ABORTED,
    ),
    row(
        "an abort of just now does not keep from escalating",
        "phases/escalate.py",
        "    hold.reread()  # an abort may have come since\n",
        "",
        ABORTED,
    ),
    row(
        "nothing speaks against an escalation",
        "phases/escalate.py",
        "    if reasons := guards.refusals(facts, guards.BEFORE_ESCALATION):\n",
        "    if reasons := ():\n",
        SPEAKS,
    ),
)
