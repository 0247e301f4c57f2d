"""What the sweep sets going, what it lets rest, and what it takes back of refreshes that are no more."""

from tools.mutations.row import row

SWEEP = ("tests/unit/test_sweep.py",)
_SWEEPING = "tests/contract/adapters/test_sweeping.py::test_"
UNREADABLE = (f"{_SWEEPING}a_refresh_that_cannot_be_read_keeps_its_marks_and_hides_nobody_elses",)
HIDDEN = (f"{_SWEEPING}the_marks_of_refreshes_that_cannot_be_read_hide_nobody_elses_however_many_they_are",)
UNWRITTEN = f"{_SWEEPING}nodes_that_may_not_be_written_hide_no_others_however_many_they_are"
UNLABELLED = (f"{_SWEEPING}a_cordon_that_lost_its_label_is_taken_back_as_one_that_has_it",)
_GIVEN_UP = "tests/proof/test_given_up.py::test_"
_LEFT = "tests/proof/test_left_behind.py::test_"
GONE = (f"{_LEFT}what_a_deleted_refresh_has_left_is_taken_back",)
OVER = (f"{_LEFT}what_an_ended_refresh_has_left_is_taken_back",)
NAMESAKE = (f"{_LEFT}what_a_deleted_refresh_has_left_does_not_wait_for_its_namesake_to_begin",)
LOST = (f"{_LEFT}a_cordon_that_its_refresh_has_lost_is_given_back_or_told",)
FATES = ("tests/unit/test_tidying.py",)
OWNERSHIP = ("tests/unit/test_ownership.py",)
_RENEWING = "tests/unit/test_renewing.py::test_"
AT_WORK = (f"{_LEFT}what_a_refresh_at_work_needs_is_left_alone",)

ROWS = (
    row(
        "a stale taint is ours whoever has set it",
        "ownership.py",
        "    if node.labels.get(STALE) != refresh:\n        return None\n",
        "",
        OWNERSHIP,
    ),
    row(
        "a person's stale taint is replaced by ours",
        "ownership.py",
        "    if STALE not in node.labels and any(taint.key == STALE for taint in node.taints):\n        return None\n",
        "",
        OWNERSHIP,
    ),
    row(
        "a run that is aborted while it rests ends with the next sweep",
        "aborting.py",
        "        set_going(cluster, refresh, ports, settings)\n        return",
        "        return",
        ("tests/unit/test_abort.py",),
    ),
    row(
        "it rests though something else holds it by now",
        "sweep.py",
        "    if held is None or held.reason != status.held:\n",
        "    if held is None:\n",
        SWEEP,
    ),
    row(
        "it rests though nothing holds it any more",
        "sweep.py",
        "    if held is None or held.reason != status.held:\n        return frozenset()\n",
        "",
        SWEEP,
    ),
    row(
        "it rests though it is to end",
        "sweep.py",
        "    if not status.held or status.stopping:\n",
        "    if not status.held:\n",
        SWEEP,
    ),
    row(
        "nodes under way rest",
        "sweep.py",
        "for slot in status.slots if slot.phase is Phase.CHOOSE)",
        "for slot in status.slots)",
        SWEEP,
    ),
    row(
        "the lease of a refresh at work is taken away",
        "sweep.py",
        "    if refresh is None or refresh.status.phase.over:\n        said",
        "    if True:\n        said",
        SWEEP,
    ),
    row(
        "the lease of a refresh that is over stays",
        "sweep.py",
        "    if refresh is None or refresh.status.phase.over:\n        said",
        "    if refresh is None:\n        said",
        SWEEP,
    ),
    row(
        "what a refresh that can't be read has left hides what others have",
        "tidying.py",
        "        except Refused as problem:\n",
        "        except NotFound as problem:\n",
        UNREADABLE,
    ),
    row(
        "what many marks of a refresh that can't be read hide stays",
        "tidying.py",
        "        unheard = bool(kept) or not named.unreadable.keys() <= hindered.unreadable.keys()\n",
        "        unheard = bool(kept)\n",
        HIDDEN,
    ),
    row(
        "a node that may not be written keeps the sweep from the others",
        "tidying.py",
        "            except Refused as refusal:\n",
        "            except NotFound as refusal:\n",
        (UNWRITTEN,),
    ),
    row(
        "what many nodes that may not be written hide stays",
        "tidying.py",
        "        unheard = bool(kept) or not ",
        "        unheard = not ",
        (UNWRITTEN,),
    ),
    row(
        "what an earlier refresh had left unproven is opened once the later one is deleted",
        "tidying.py",
        "        if node.unschedulable and ownership.left_unproven_by(",
        "        if False and ownership.left_unproven_by(",
        FATES,
    ),
    row(
        "what an earlier refresh had left unproven stays though a person has opened it",
        "tidying.py",
        "        if node.unschedulable and ownership.left_unproven_by(",
        "        if ownership.left_unproven_by(",
        FATES,
    ),
    row(
        "an older version's cordon was left by an earlier refresh",
        "ownership.py",
        "found.renewed if found and found.refresh and cordoner(",
        "found.renewed if found and cordoner(",
        FATES,
    ),
    row(
        "a part of the sweep that fails keeps the others from their work",
        "sweep.py",
        "        except RepullError as error:\n            unsettled",
        "        except NotFound as error:\n            unsettled",
        SWEEP,
    ),
    row(
        "what a deleted refresh has left on nodes stays",
        "tidying.py",
        "    if named.is_done(refresh):\n",
        "    if named.find(refresh) and named.is_done(refresh):\n",
        GONE,
    ),
    row(
        "what an ended refresh has left on nodes stays",
        "tidying.py",
        "    if named.is_done(refresh):\n",
        "    if named.find(refresh) is None:\n",
        OVER,
    ),
    row(
        "what a refresh at work needs on nodes is taken back",
        "tidying.py",
        "refresh is not None and refresh.status.phase is RefreshPhase.RUNNING",
        "False",
        AT_WORK,
    ),
    row(
        "a cordon that lost its label stays for ever",
        "sweep.py",
        "        lambda: tidy_unlabelled(cluster, ports),\n",
        "",
        UNLABELLED,
    ),
    row(
        "a cordon that lost its label is taken from a refresh at work",
        "tidying.py",
        "    if sees_to(refresh, node):\n",
        "    if False:\n",
        UNLABELLED,
    ),
    row(
        "what a deleted refresh has left waits for its namesake to begin",
        "tidying.py",
        "refresh is not None and refresh.status.phase is RefreshPhase.RUNNING",
        "refresh is not None and not refresh.status.phase.over",
        NAMESAKE,
    ),
    row(
        "the probe of a run at work is taken away",
        "sweep.py",
        "named.is_done(refresh) if refresh else",
        "True if refresh else",
        ("tests/proof/test_left_behind.py::test_a_probe_is_taken_away_where_nobody_waits_for_it",),
    ),
    row(
        "the probe of a person who waits for it is taken away",
        "sweep.py",
        "probe.created < ports.clock.now() - BY_HAND",
        "probe",
        ("tests/proof/test_left_behind.py::test_a_probe_is_taken_away_where_nobody_waits_for_it",),
    ),
    row(
        "a probe that was left stays",
        "sweep.py",
        "                cluster.pods.delete(probe, grace_seconds=0)\n",
        "                pass\n",
        ("tests/proof/test_left_behind.py::test_a_probe_is_taken_away_where_nobody_waits_for_it",),
    ),
    row(
        "the cordon after an unproven renewal is taken back",
        "tidying.py",
        "    return Fate.GIVEN_BACK if ownership.untouched(node) else Fate.TOLD\n",
        "    return Fate.GIVEN_BACK\n",
        OVER,
    ),
    row(
        "nobody is told of a cordon that its refresh has lost after a renewal",
        "tidying.py",
        "    return Fate.GIVEN_BACK if ownership.untouched(node) else Fate.TOLD\n",
        "    return Fate.GIVEN_BACK if ownership.untouched(node) else Fate.STAYS\n",
        LOST,
    ),
    row(
        "a cordon that its refresh has lost stays",
        "tidying.py",
        "    return Fate.GIVEN_BACK if ownership.untouched(node) else Fate.TOLD\n",
        "    return Fate.TOLD\n",
        LOST,
    ),
    row(
        "a cordon that a refresh at work has lost waits for its end",
        "tidying.py",
        "    for name in at_work:\n",
        "    for name in ():\n",
        LOST,
    ),
    row(
        "a cordon that a person has undone keeps what came with it",
        "tidying.py",
        "    if not node.unschedulable:\n",
        "    if False:\n",
        FATES,
    ),
    row(
        "what is said of a node does not keep its cordon",
        "tidying.py",
        "    if summary.tells_of_cordon(refresh.status, node.name):\n",
        "    if False:\n",
        FATES,
    ),
    row(
        "what is said of a node with a longer name keeps a cordon",
        "summary.py",
        "    return any(each in text for",
        "    return any(node in text for",
        FATES,
    ),
    row(
        "a slot that takes the node again loses its cordon to the sweep",
        "tidying.py",
        " or fate(found, cluster.refreshes.get(refresh)) is not Fate.GIVEN_BACK:\n",
        ":\n",
        (f"{_SWEEPING}a_cordon_that_a_refresh_at_work_has_lost_is_not_taken_from_who_cordons_the_node_again",),
    ),
    row(
        "a node does not say that its machine is renewed",
        "ownership.py",
        "annotations={BEFORE: _written(replace(found, renewed=refresh))}",
        "annotations={}",
        (f"{_RENEWING}a_node_says_that_its_machine_was_renewed_before_it_is",),
    ),
    row(
        "a cordon that is lost at the last moment keeps no machine from its renewal",
        "phases/renew.py",
        "    if node is not None and ownership.ours(node, hold.name) and node.unschedulable:\n",
        "    if True:\n",
        (f"{_RENEWING}a_cordon_that_is_lost_at_the_last_moment_is_looked_at_again",),
    ),
    row(
        "what an older version has cordoned was not renewed",
        "ownership.py",
        'found.get("renewed", refresh or UNKNOWN)',
        'found.get("renewed", "")',
        OWNERSHIP,
    ),
    row(
        "another refresh's note tells that a machine was not renewed",
        "ownership.py",
        "found is not None and found.refresh == cordoner(node) and not found.renewed",
        "found is not None and not found.renewed",
        OWNERSHIP,
    ),
    row(
        "who cordons a node again forgets that it was renewed in vain",
        "ownership.py",
        'renewed=_unproven(node, earlier) or (refresh if renewed else ""),',
        'renewed=refresh if renewed else "",',
        OWNERSHIP,
    ),
    row(
        "a node that an earlier refresh had renewed in vain is opened where this one gives it back",
        "phases/roll_back.py",
        "    if earlier := _left_unproven_by(hold):\n",
        "    if (earlier := _left_unproven_by(hold)) and not hold:\n",
        (f"{_GIVEN_UP}a_node_that_an_earlier_refresh_had_renewed_in_vain_is_not_opened_by_one_that_gives_it_back",),
    ),
    row(
        "what a person has opened is taken for unproven still",
        "ownership.py",
        '    if not node.unschedulable:\n        return ""\n    return earlier.renewed',
        "    return earlier.renewed",
        OWNERSHIP,
    ),
    row(
        "a machine that was made anew was not renewed",
        "phases/made_anew.py",
        ", now=hold.now(), renewed=True)",
        ", now=hold.now())",
        ("tests/contract/adapters/test_recreated.py",),
    ),
    row(
        "replicas of a deleted refresh are not given back",
        "sweep.py",
        "for each in noted if named.is_done(each.labels[SCALED_BY]))",
        "for each in noted if (of := each.labels[SCALED_BY]) and named.find(of) and named.is_done(of))",
        GONE,
    ),
    row(
        "replicas of an ended refresh are not given back",
        "sweep.py",
        "for each in noted if named.is_done(each.labels[SCALED_BY]))",
        "for each in noted if named.find(each.labels[SCALED_BY]) is None)",
        OVER,
    ),
    row(
        "an outage under way is ended",
        "sweep.py",
        "for each in noted if named.is_done(each.labels[SCALED_BY]))",
        "for each in noted if named.find(each.labels[SCALED_BY]) or True)",
        AT_WORK,
    ),
)
