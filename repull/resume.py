"""`repull resume`: what was paused goes on."""

import argparse

from repull import arguments

_DESCRIPTION = """\
Takes back a pause, of one refresh or, without a name, of the whole cluster, and publishes {"action": "sweep"}, so that
what waited goes on at once. Whatever else holds it, a window or the circuit breaker say, still does.
"""
_EPILOG = "exit codes: 0 it is not paused any more, or was not; 1 it could not be done; 2 not understood"


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command's name, help and arguments."""
    parser = commands.add_parser(
        "resume",
        help="go on after a pause",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=arguments.Paragraphs,
    )
    parser.add_argument(
        "refresh", nargs="?", type=arguments.refresh, metavar="REFRESH", help="this one alone; else the cluster"
    )
    arguments.add_topic(parser)
    arguments.add_cluster(parser)
    arguments.add_output(parser)
    parser.set_defaults(run=lambda options: _run(parser, options))


def _run(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    from repull import pausing  # it loads every client library, which the other commands need not wait for

    return pausing.resume(options, refuse=parser.error)
