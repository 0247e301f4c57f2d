"""What a person who sits at the wrong cluster is kept from."""

from tools.mutations.row import Mutation

_PAUSING = "tests/e2e/test_pausing.py::test_"
NOTHING_SAYS = (f"{_PAUSING}in_a_cluster_of_which_nothing_says_which_one_it_is_nothing_is_done",)
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
)
