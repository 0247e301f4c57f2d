"""Messages on the step topic, published as whoever asks: the same that a hand could write."""

import getpass
import os
from collections.abc import Mapping

from functions.adapters.kube_resources import NAMESPACES
from functions.adapters.pubsub import PubsubOutbox
from functions.errors import BadInput, Refused, Retryable
from functions.ownership import NAMESPACE, PREFIX
from functions.settings import PARSERS, variable
from repull.wiring import Access

STEP_TOPIC = f"{PREFIX}step-topic"
"""Annotation of the namespace `repull`, by which the installation says where it listens."""


def topic(access: Access, given: str | None, *, environ: Mapping[str, str] = os.environ) -> str:
    """The step topic: as it was `given`, else the environment's, else what the cluster says.

    Raises BadInput, and Retryable where the cluster would be asked and gives no answer.
    """
    named = given or environ.get(variable("step_topic"), "") or _installed(access)
    try:
        return str(PARSERS["step_topic"](named))
    except ValueError:
        raise BadInput(
            field="--topic",
            value=named,
            accepted=f"projects/PROJECT/topics/TOPIC, here, in {variable('step_topic')} or in the annotation "
            f"{STEP_TOPIC} of namespace {NAMESPACE}",
        ) from None


def publish(access: Access, to: str, message: dict[str, object]) -> str:
    """The message's id. Raises Refused, which says what publishing needs."""
    outbox = PubsubOutbox(credentials=access.credentials, step_topic=to, dead_letter_topic=to)
    try:
        return outbox.ask(message)
    except Retryable as error:
        raise Refused(f"{error}; it needs roles/pubsub.publisher on {to}, and --topic where that is another") from error
    finally:
        outbox.close()


def caller() -> str:
    """Who asks, as their machine calls them: a claim, and shown as one."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container whose user has no name
        return f"user {os.getuid()}"


def signed(reason: str) -> str:
    """A reason, with who gave it, or did not."""
    return f"{caller()}: {reason}" if reason else f"{caller()} gave no reason"


def _installed(access: Access) -> str:
    """What the installation has written down; "" where it has not, or where that may not be read."""
    try:
        found = access.kube.get(NAMESPACES, NAMESPACE) or {"metadata": {}}
    except Refused:
        return ""
    return str((found["metadata"].get("annotations") or {}).get(STEP_TOPIC, ""))
