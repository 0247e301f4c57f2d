"""`repull start`: shows what a refresh by hand would do, asks, and publishes the message that starts it."""

import argparse
import sys

from functions.model.refresh import Method
from repull import arguments

_DESCRIPTION = """\
Starts a refresh: nodes that can't pull are renewed one after the other, and those that can are left alone.
It shows the plan, node by node, made with your rights and by the function's own rules, and asks before it publishes
{"action": "start"} on the step topic; then it waits for the function's answer. Without nodes every node of the
cluster is in scope.
"""
_EPILOG = """\
exit codes: 0 it is opened, or the plan was shown; 1 it could not be done, or was not wanted; 2 not understood;
3 nothing was started: every node would be refused unasked, no renewal would help, or the function said no, for the
reasons that are shown; 4 it is asked for, and there was no answer yet
"""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command's name, help and arguments."""
    parser = commands.add_parser(
        "start",
        help="renew the nodes that can't pull",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=arguments.Paragraphs,
    )
    parser.add_argument("nodes", nargs="*", type=arguments.chosen, metavar="NODE", help="only these nodes")
    parser.add_argument(
        "--pool",
        action="append",
        type=arguments.pool,
        default=[],
        help="only the nodes of this pool; may be repeated",
    )
    parser.add_argument("-l", "--selector", type=arguments.selector, help="only the nodes with these labels")
    parser.add_argument("--reason", default="", help="why, for whoever reads the audit trail")
    parser.add_argument("--image", type=arguments.image, metavar="REF", help="the image to probe the nodes with")
    parser.add_argument("--method", choices=[each.value for each in Method], default="", help="else the functions' own")
    parser.add_argument("--max-unavailable", default="", metavar="N|N%", help="nodes out of service at once")
    parser.add_argument("--force", action="store_true", help="renew nodes although they can pull")
    parser.add_argument("--delete-bare-pods", action="store_true", help="evict pods that no controller brings back")
    parser.add_argument("--delete-local-storage", action="store_true", help="lose the data of emptyDir volumes")
    parser.add_argument("--delete-local-ssd", action="store_true", help="lose the data of local SSDs")
    parser.add_argument("--accept-outage", action="store_true", help="scale what can't pull to zero (ScaleWorkloads)")
    parser.add_argument("--dry-run", action="store_true", help="show the plan, and publish nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    arguments.add_patience(parser)
    arguments.add_topic(parser)
    arguments.add_cluster(parser)
    arguments.add_output(parser)
    parser.set_defaults(run=lambda options: _run(parser, options))


def _run(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    if options.nodes and (options.pool or options.selector):
        parser.error("nodes by name go without --pool and --selector")
    if not options.dry_run and not options.yes and not sys.stdin.isatty():
        parser.error("it asks first, and nobody can answer; use --yes, or --dry-run for the plan alone")
    from repull import starting  # it loads every client library, which the other commands need not wait for

    return starting.run(options, refuse=parser.error)
