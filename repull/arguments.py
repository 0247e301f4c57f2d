"""What several commands take on the command line."""

import argparse

from functions.errors import BadInput
from functions.model.names import ClusterKey, ImageRef


def add_cluster(parser: argparse.ArgumentParser) -> None:
    """Which cluster is meant."""
    parser.add_argument("--cluster", type=cluster, metavar="PROJECT/LOCATION/NAME", help="what GKE calls it")
    parser.add_argument("--context", default="", help="one of the kubeconfig's, where not the cluster's or current one")


def add_topic(parser: argparse.ArgumentParser) -> None:
    """Where repull is told what to do."""
    parser.add_argument(
        "--topic",
        default="",
        metavar="projects/PROJECT/topics/TOPIC",
        help="the step topic, where neither REPULL_STEP_TOPIC nor the namespace repull names it",
    )


def add_output(parser: argparse.ArgumentParser) -> None:
    """For people, or for scripts."""
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text")


def image(text: str) -> ImageRef:
    """For argparse."""
    try:
        return ImageRef.parse(text)
    except BadInput as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def cluster(text: str) -> ClusterKey:
    """For argparse."""
    try:
        return ClusterKey.parse(text)
    except BadInput as error:
        raise argparse.ArgumentTypeError(str(error)) from error
