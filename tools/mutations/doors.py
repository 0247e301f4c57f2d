"""What is refused at the doors, before anything is touched: settings, starts by hand, and what somebody has made."""

from tools.mutations.row import row

BEGUN = ("tests/proof/test_not_begun.py::test_a_refresh_whose_nodes_could_never_be_verified_is_not_begun",)
_PLAN = "tests/unit/test_plan.py::test_"
_SETTINGS = "tests/unit/test_settings.py::test_"

ROWS = (
    row(
        "no cluster is served",
        "settings/accepted.py",
        "    if not found:\n",
        "    if False:\n",
        (f"{_SETTINGS}a_problem_names_the_variable_the_value_and_what_is_accepted",),
    ),
    row(
        "a start by an image of another registry is taken",
        "plan.py",
        "image is None or verifiable.lacking(image):",
        "image is None:",
        (f"{_PLAN}an_image_by_which_no_node_can_be_verified_is_rejected",),
    ),
    row(
        "an image of another registry is one in use",
        "plan.py",
        "if image and not verifiable.lacking(image))",
        "if image)",
        (f"{_PLAN}where_no_image_is_named_it_is_one_that_a_nodes_own_identity_opens",),
    ),
    row(
        "a refresh begins that no node can be verified by",
        "beginning.py",
        " or verifiable.lacking(hold.refresh.spec.image)",
        "",
        BEGUN,
    ),
    row(
        "a refresh goes on that no node can be verified by",
        "phases/choose.py",
        "    lacking = verifiable.lacking(image)\n",
        '    lacking = "" if hold.forced else verifiable.lacking(image)\n',
        ("tests/unit/test_verifiable.py",),
    ),
    row(
        "a refresh that is deleted as its step is taken up ends the process",
        "taking.py",
        "except (Conflict, NotFound):",
        "except Conflict:",
        ("tests/proof/test_edges.py::test_a_refresh_that_is_deleted_while_its_step_is_taken_up_is_noise",),
    ),
    row(
        "a refresh that is deleted as it is aborted ends the process",
        "aborting.py",
        "except (Conflict, NotFound):",
        "except Conflict:",
        ("tests/unit/test_abort.py::test_what_is_deleted_before_its_abort_is_written_is_unknown",),
    ),
)
