"""One real message of each of the corpus's causes, about the image that a test wants."""

import json
import re
from pathlib import Path

from tests.e2e.scenery import IMAGE

CORPUS = Path(__file__).parents[1] / "corpus/pull_failures.jsonl"
SAMPLES: dict[str, str] = {
    row["cause"]: row["message"] for row in map(json.loads, reversed(CORPUS.read_text().splitlines()))
}
"""The first message of each cause."""
CREDENTIALS = ("auth_denied", "auth_missing", "ambiguous_denied_or_missing")
NO_CAUSE, NOISE = "backoff_no_cause", "not_a_pull_failure"
OTHERS = sorted(set(SAMPLES) - {*CREDENTIALS, NO_CAUSE, NOISE})


def sample(cause: str, image: str = IMAGE) -> str:
    """Its message, about this image."""
    named = re.search(r'(?:Failed to pull image|Back-off pulling image) "([^"]+)"', SAMPLES[cause])
    return SAMPLES[cause].replace(named[1], image) if named else SAMPLES[cause]
