"""`repull diagnose`: the functions' own diagnosis of what cannot be pulled, with the rights of whoever asks."""

import argparse
import sys

from repull import arguments

_DESCRIPTION = """\
Says why images cannot be pulled, with the checks of repull's own diagnosis and the evidence for each, and what to do.
It asks with your rights: the kubeconfig's, and those of gcloud auth application-default login. It changes nothing,
unless you want it to probe.

WHAT is a pod, a deployment, a statefulset, a daemonset, a job, a cronjob, a replicaset or a node, by NAME,
KIND/NAME or KIND NAME. Without it every pod of the namespace that lacks an image is looked at. Pods that fail for one
cause are one diagnosis.
"""
_EPILOG = """\
exit codes: 0 nothing is wrong, 1 it could not be done, 2 not understood, 3 something is wrong and wants action,
4 it could not be found out, or not yet
"""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """The command's name, help and arguments."""
    parser = commands.add_parser(
        "diagnose",
        help="say why images cannot be pulled, and what to do",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=arguments.Paragraphs,
    )
    parser.add_argument("what", nargs="*", metavar="WHAT", help="NAME, KIND/NAME or KIND NAME")
    parser.add_argument("--image", type=arguments.image, metavar="REF", help="an image, whether or not a pod wants it")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("-n", "--namespace", type=arguments.name, help="the kubeconfig's, where it is not given")
    where.add_argument("-A", "--all-namespaces", action="store_true", help="look at every failing pod of the cluster")
    parser.add_argument(
        "--node", type=arguments.name, help="with --image: for this node; else for one of every node pool"
    )
    arguments.add_cluster(parser)
    parser.add_argument("-o", "--output", choices=("text", "json", "yaml"), default="text")
    parser.add_argument(
        "--wait", action="store_true", help="where a grant may still be on its way, wait and look again"
    )
    parser.add_argument("--probe", action="store_true", help="let the nodes try it, by two short-lived pods on each")
    parser.add_argument("--yes", action="store_true", help="with --probe: do not ask first")
    parser.set_defaults(run=lambda options: _run(parser, options))


def _run(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    if options.node and not options.image:
        parser.error("--node goes with --image; a node's failing pods are asked for with node/NAME")
    if len(options.what) > 2:
        parser.error("WHAT is one thing; without it every failing pod of the namespace is looked at")
    if options.what and options.image:
        parser.error("--image goes without a name")
    if options.all_namespaces and (options.what or options.image):
        parser.error("-A goes without a name")
    if options.wait and options.image:
        parser.error("--wait goes without --image")
    if options.yes and not options.probe:
        parser.error("--yes goes with --probe")
    if options.probe and not options.yes and not sys.stdin.isatty():
        parser.error("--probe asks first, and nobody can answer; use --yes")
    from repull import diagnosing  # it loads every client library, which the other commands need not wait for

    return diagnosing.run(options, refuse=parser.error)
