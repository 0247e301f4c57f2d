"""`repull abort`: publishes the message that ends a refresh."""

import argparse

from repull import arguments

_DESCRIPTION = """\
Ends a refresh: no further node is taken, a node that is not renewed yet is given back, and one that is is brought to
its end. It publishes {"action": "abort"} on the step topic, and waits for the function's answer. Without a name the
one that is not over yet is meant.
"""
_EPILOG = """\
exit codes: 0 it takes no further node, or was over already; 1 it could not be done; 2 not understood; 3 the function
rejected it; 4 it is asked for, and there is no answer yet, or the functions only observe
"""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command's name, help and arguments."""
    parser = commands.add_parser(
        "abort",
        help="end a refresh",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=arguments.Paragraphs,
    )
    parser.add_argument(
        "refresh", nargs="?", type=arguments.refresh, metavar="REFRESH", help="as repull status names it"
    )
    parser.add_argument("--reason", default="", help="why, for whoever reads the audit trail")
    arguments.add_patience(parser)
    arguments.add_topic(parser)
    arguments.add_cluster(parser)
    arguments.add_output(parser)
    parser.set_defaults(run=lambda options: _run(parser, options))


def _run(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    from repull import aborting  # it loads every client library, which the other commands need not wait for

    return aborting.abort(options, refuse=parser.error)
