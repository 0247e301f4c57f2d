"""`repull status`: how far refreshes are, for a look or until they are over."""

import argparse

from repull import arguments

_DESCRIPTION = """\
Shows how far refreshes are: counts, the phase of every node at work and what it waits for, how nodes have ended, and
about how long it takes yet. Without names those that are not over; where there are none, the last one.
"""
_EPILOG = """\
exit codes: 0 all of them succeeded, or there is none; 1 it could not be done; 2 not understood; 3 one ended Failed or
Aborted; 4 one is not over yet
"""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command's name, help and arguments."""
    parser = commands.add_parser(
        "status",
        help="show how far refreshes are",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=arguments.Paragraphs,
    )
    parser.add_argument(
        "refreshes",
        nargs="*",
        type=arguments.refresh,
        metavar="REFRESH",
        help="as kubectl get noderefreshes names them",
    )
    parser.add_argument("-a", "--all", action="store_true", help="those that are over too")
    parser.add_argument("-w", "--watch", action="store_true", help="say every change, until all of them are over")
    parser.add_argument(
        "--timeout", type=arguments.duration, metavar="30m", help="with --watch: no longer than this (s, m, h or d)"
    )
    arguments.add_cluster(parser)
    arguments.add_output(parser)
    parser.set_defaults(run=lambda options: _run(parser, options))


def _run(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    if options.all and options.refreshes:
        parser.error("--all goes without names")
    if options.timeout and not options.watch:
        parser.error("--timeout goes with --watch")
    from repull import watching  # it loads every client library, which the other commands need not wait for

    return watching.run(options, refuse=parser.error)
