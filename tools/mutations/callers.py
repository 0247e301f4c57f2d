"""What a person is kept from who sits at the wrong cluster, or comes second; and what is kept for them."""

from tools.mutations.row import Mutation

_PAUSING = "tests/e2e/test_pausing.py::test_"
NOTHING_SAYS = (f"{_PAUSING}in_a_cluster_of_which_nothing_says_which_one_it_is_nothing_is_done",)
SECOND = (
    "tests/e2e/test_standing_pauses.py::test_who_paused_the_cluster_first_stays_known",
    "tests/e2e/test_standing_pauses.py::test_of_two_who_pause_at_once_none_is_lost",
)
ANOTHER = ("tests/unit/repull/test_whose.py",)

ROWS = (
    Mutation(
        says="what nobody knows the cluster of is acted on",
        file="repull/wiring.py",
        before="    if acts and why:\n",
        after="    if False:\n",
        tests=NOTHING_SAYS,
    ),
    Mutation(
        says="another cluster is as good",
        file="repull/whose.py",
        before="    if says:\n",
        after="    if False:\n",
        tests=ANOTHER,
    ),
    Mutation(
        says="machines of another project are no matter",
        file="repull/whose.py",
        before="    if machine and ",
        after="    if False and ",
        tests=ANOTHER,
    ),
    Mutation(
        says="any context of three parts is gcloud's",
        file="repull/kubeconfig.py",
        before="        if not self.name.startswith(_GCLOUD):\n",
        after="        if False:\n",
        tests=("tests/unit/repull/test_kubeconfig.py",),
    ),
    Mutation(
        says="a pause takes the place of another",
        file="repull/pausing.py",
        before='    if before and options.reason in ("", before.why):\n',
        after="    if False:\n",
        tests=SECOND[:1],
    ),
    Mutation(
        says="a pause is written against nothing",
        file="repull/pausing.py",
        before="body | read",
        after="body",
        tests=SECOND[1:],
    ),
    Mutation(
        says="an abort that is only observed is lost",
        file="functions/operations.py",
        before="            return put_off_abort(step, ports, frozen)\n",
        after="            pass\n",
        tests=("tests/unit/test_abort.py",),
    ),
    Mutation(
        says="an abort that is only observed waits for what is over",
        file="functions/aborting.py",
        before="    if _abortable(message, ports.gke.connect(message.cluster)) is None:\n",
        after="    if False:\n",
        tests=("tests/unit/test_abort.py",),
    ),
    Mutation(
        says="an abort takes another message's answer for its own",
        file="repull/answering.py",
        before=' if each.message_id in ("", message_id)',
        after="",
        tests=("tests/unit/repull/test_answering.py",),
    ),
)
