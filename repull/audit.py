"""`repull audit`: who did what, why and when, as Cloud Logging has kept it."""

import argparse

from repull import arguments

_DESCRIPTION = """\
Reads repull's audit trail back from Cloud Logging, oldest first: every decision of a refresh, or all that happened in
a cluster. Who asked for a refresh is shown as they claimed it; who may publish at all is for IAM to say.
"""
_EPILOG = """\
exit codes: 0 it was read, and there is something; 1 it could not be done; 2 not understood; 3 there is nothing of it
"""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command's name, help and arguments."""
    parser = commands.add_parser(
        "audit",
        help="say who did what, why and when",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=arguments.Paragraphs,
    )
    parser.add_argument(
        "refresh", nargs="?", type=arguments.refresh, metavar="REFRESH", help="only what belongs to this one"
    )
    parser.add_argument("--node", type=arguments.name, help="only what was done to this node")
    parser.add_argument(
        "--event", action="append", type=arguments.event, default=[], metavar="reset", help="only these; repeatable"
    )
    parser.add_argument(
        "--since", type=arguments.moment, metavar="7d", help="a duration (s, m, h, d) or a time; else 1d, or 30d of one"
    )
    parser.add_argument("--until", type=arguments.moment, metavar="1h", help="likewise; else now")
    parser.add_argument("--project", type=arguments.project, help="the functions' project; else that of the step topic")
    parser.add_argument("--limit", type=arguments.count, default=1000, help="lines at most (1000)")
    arguments.add_topic(parser)
    arguments.add_cluster(parser)
    arguments.add_output(parser)
    parser.set_defaults(run=lambda options: _run(parser, options))


def _run(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    from repull import auditing  # it loads every client library, which the other commands need not wait for

    return auditing.run(options, refuse=parser.error)
