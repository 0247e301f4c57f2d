"""What several commands take on the command line."""

import argparse
import re
import textwrap
from datetime import datetime, timedelta

from functions import events
from functions.errors import BadInput
from functions.messages.fields import NODE_NAME
from functions.model.cluster import LABEL_VALUE
from functions.model.names import ClusterKey, ImageRef
from functions.settings import PARSERS

LONGEST = timedelta(days=3650)
EVENTS = "repull."
_EVENTS = {each for name, each in vars(events).items() if name.isupper()}

# Kubernetes' selectors (its documentation's page "Labels and Selectors")
_KEY = rf"(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?/)?{LABEL_VALUE.pattern}"
_SET = rf"\(\s*(?:{LABEL_VALUE.pattern})?(?:\s*,\s*(?:{LABEL_VALUE.pattern})?)*\s*\)"
_REQUIREMENT = (
    rf"(?:!\s*{_KEY}|{_KEY}(?:\s*(?:==?|!=)\s*(?:{LABEL_VALUE.pattern})?|\s*[<>]\s*[0-9]+|\s+(?:not)?in\s*{_SET})?)"
)
_SELECTOR = re.compile(rf"\s*{_REQUIREMENT}(?:\s*,\s*{_REQUIREMENT})*\s*")
_PROJECT = re.compile(r"(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{4,28}[a-z0-9]|[1-9][0-9]{0,18}")
"""Six to thirty characters, in some organizations with a domain in front (Resource Manager's page on projects); or a
number, an int64, which entries.list takes as well (its page, on the field that `resourceNames` has replaced)."""


class Paragraphs(argparse.HelpFormatter):
    """Help whose paragraphs are as wide as the terminal is, and whose options and commands are not broken."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n\n".join(
            textwrap.fill(each, width, initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False)
            for each in text.strip().split("\n\n")
        )


def add_cluster(parser: argparse.ArgumentParser) -> None:
    """Which cluster is meant."""
    parser.add_argument("--cluster", type=cluster, metavar="PROJECT/LOCATION/NAME", help="what GKE calls it")
    parser.add_argument("--context", type=given, help="one of the kubeconfig's, where not the cluster's or current one")


def add_patience(parser: argparse.ArgumentParser) -> None:
    """How long to wait for the function's answer to what is published."""
    parser.add_argument(
        "--timeout",
        type=duration,
        default="20s",  # a cold start takes a few seconds, and so does an entry's way into the log
        metavar="20s",
        help="wait no longer than this for the function's answer (s, m, h or d)",
    )


def add_topic(parser: argparse.ArgumentParser) -> None:
    """Where repull is told what to do."""
    parser.add_argument(
        "--topic",
        type=topic,
        metavar="projects/PROJECT/topics/TOPIC",
        help="the step topic, where neither REPULL_STEP_TOPIC nor the namespace repull names it",
    )


def add_output(parser: argparse.ArgumentParser) -> None:
    """For people, or for scripts."""
    parser.add_argument("-o", "--output", choices=("text", "json"), default="text")


def duration(text: str) -> timedelta:
    """For argparse: 90s, 30m, 24h or 7d, more than nothing and at most ten years."""
    found = re.fullmatch(r"([1-9][0-9]{0,7})([smhd])", text)
    unit = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
    length = timedelta(**{unit[found[2]]: int(found[1])}) if found else timedelta()
    if not timedelta() < length <= LONGEST:
        raise argparse.ArgumentTypeError(f"{text!r} is not accepted; use a duration such as 90s, 30m, 24h or 7d")
    return length


def moment(text: str) -> timedelta | datetime:
    """For argparse: a duration before now, or a time, which without an offset is the machine's own."""
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        return duration(text)


def count(text: str) -> int:
    """For argparse: 1 to 100000."""
    if not re.fullmatch(r"[1-9][0-9]{0,4}|100000", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not accepted; use a whole number from 1 to 100000")
    return int(text)


def given(text: str, otherwise: str = "is nothing; leave the option out, or give it a value") -> str:
    """For argparse: of whatever form. An empty one is a script's variable that nobody has set, and not left out."""
    if not text.strip():
        raise argparse.ArgumentTypeError(f"{text!r} {otherwise}")
    return text


def name(text: str) -> str:
    """For argparse: of an object in the cluster."""
    if not NODE_NAME.fullmatch(given(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is not accepted; use letters from a to z, digits, - and .")
    return text


def refresh(text: str) -> str:
    """For argparse: whose name was given."""
    return name(given(text, "is no name; leave it out, or name a refresh: see repull status --all"))


def chosen(text: str) -> str:
    """For argparse: what chooses nodes. An empty one would choose all of them."""
    return given(text, "chooses nothing; leave it out to have every node in scope")


def pool(text: str) -> str:
    """For argparse: a node pool's name."""
    if not LABEL_VALUE.fullmatch(chosen(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is no pool's name; use letters, digits and -, one pool each time")
    return text


def selector(text: str) -> str:
    """For argparse: requirements on labels, as `kubectl get -l` takes them."""
    if not _SELECTOR.fullmatch(chosen(text)):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not accepted; use labels as kubectl get nodes -l does, such as team=ocr,disk!=hdd or "
            "'zone in (a, b)'"
        )
    return text


def topic(text: str) -> str:
    """For argparse: of Pub/Sub, by its whole name."""
    try:
        return str(PARSERS["step_topic"](given(text)))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not accepted; use projects/PROJECT/topics/TOPIC") from None


def project(text: str) -> str:
    """For argparse: a Google Cloud project's id or number."""
    if not _PROJECT.fullmatch(given(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is no project's id or number; see gcloud projects list")
    return text


def event(text: str) -> str:
    """For argparse: as the audit trail has it, or as `repull audit` shows it."""
    asked = given(text.removeprefix(EVENTS))
    if f"{EVENTS}{asked}" not in _EVENTS:
        known = ", ".join(sorted(each.removeprefix(EVENTS) for each in _EVENTS))
        raise argparse.ArgumentTypeError(f"{text!r} is no event; use one of {known}")
    return f"{EVENTS}{asked}"


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
