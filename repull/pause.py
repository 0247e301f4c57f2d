"""`repull pause`: no further node is taken, of one refresh or of the whole cluster."""

import argparse

from repull import arguments

_DESCRIPTION = """\
Takes no further node, of one refresh or, without a name, of the whole cluster, until repull resume. A node that is
cordoned already is brought to its end. It writes what a hand could write: an annotation on the NodeRefresh, or a line
of the ConfigMap repull/state.
"""
_EPILOG = "exit codes: 0 it is paused, or was over already; 1 it could not be done; 2 not understood"


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command's name, help and arguments."""
    parser = commands.add_parser(
        "pause",
        help="take no further node for now",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=arguments.Paragraphs,
    )
    parser.add_argument(
        "refresh", nargs="?", type=arguments.refresh, metavar="REFRESH", help="this one alone; else the cluster"
    )
    parser.add_argument("--reason", default="", help="why, for whoever wonders")
    arguments.add_cluster(parser)
    arguments.add_output(parser)
    parser.set_defaults(run=lambda options: _run(parser, options))


def _run(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    from repull import pausing  # it loads every client library, which the other commands need not wait for

    return pausing.pause(options, refuse=parser.error)
