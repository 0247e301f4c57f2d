"""Has a fresh installation plan a refresh of each of its clusters, and reads the plan back from the audit trail.

Usage: python -m tools.smoke OUTPUTS [--within SECONDS]

OUTPUTS is a file with what `terraform output -json` says. What is published is a dry run: nothing is changed by it.
The message takes the whole road (topic, subscription, function, cluster, Cloud Logging): its answer proves all of it.
"""

import argparse
import json
import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import google.auth
from google.auth import impersonated_credentials
from google.auth.credentials import Credentials
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import Request

from functions import events
from functions.adapters.google_session import SCOPE, GoogleSession
from functions.adapters.pubsub import PubsubOutbox
from functions.errors import Refused, Retryable
from functions.model.names import ClusterKey
from functions.start import refresh_name
from repull import trail
from repull.wiring import WHO

_LOOK_AGAIN = 5.0  # seconds: Cloud Logging is asked 12 times a minute, of the 60 that it answers (its quotas page)
_LOGGING = "https://logging.googleapis.com"
_SAID = "'resource.type=\"cloud_run_revision\"'"
_CREDENTIALS = "https://iamcredentials.googleapis.com"


@dataclass(frozen=True, kw_only=True, slots=True)
class Installation:
    """What Terraform says of it. `operator` is the account that people publish as."""

    clusters: tuple[ClusterKey, ...]
    step_topic: str
    operator: str

    @classmethod
    def parse(cls, outputs: Mapping[str, Any]) -> "Installation":
        """Read `terraform output -json`. Raises KeyError with the output that is missing."""
        said = {name: outputs[name]["value"] for name in ("clusters", "step_topic", "operator")}
        return cls(
            clusters=tuple(ClusterKey.parse(each) for each in said["clusters"]),
            step_topic=said["step_topic"],
            operator=said["operator"],
        )

    @property
    def project(self) -> str:
        return self.step_topic.split("/")[1]


def message(cluster: ClusterKey, project: str) -> dict[str, object]:
    """Every field that a dry run needs. Its image need not exist, because nothing is probed."""
    image = f"us-docker.pkg.dev/{project}/none/smoke-test:none"
    return {"action": "start", "cluster": str(cluster), "dryRun": True, "image": image, "reason": "smoke test"}


def as_operator(source: Credentials, operator: str, endpoint: str) -> Credentials:
    """The caller's credentials, turned into the operator's: nobody else may publish.

    Raises GoogleAuthError, with the permission where it is missing: Pub/Sub's client would only try again and again.
    """
    found = impersonated_credentials.Credentials(  # type: ignore[no-untyped-call]  # google-auth leaves it so
        source_credentials=source,
        target_principal=operator,
        target_scopes=[SCOPE],
        iam_endpoint_override=f"{endpoint}/v1/projects/-/serviceAccounts/{operator}:generateAccessToken",
    )
    found.refresh(Request())  # type: ignore[no-untyped-call]  # google-auth leaves it so
    return found


def ask(installation: Installation, credentials: Credentials) -> dict[ClusterKey, str]:
    """Publish a message for each cluster; the names of the refreshes that they mean. Raises Retryable."""
    topic = installation.step_topic
    outbox = PubsubOutbox(credentials=credentials, step_topic=topic, dead_letter_topic=topic)
    try:
        return {
            cluster: refresh_name(cluster, outbox.ask(message(cluster, installation.project)))
            for cluster in installation.clusters
        }
    finally:
        outbox.close()


def answer(session: GoogleSession, endpoint: str, project: str, cluster: ClusterKey, refresh: str) -> str:
    """The audit trail's last line about this refresh, "" while there is none. Raises Refused and Retryable."""
    now = datetime.now(UTC)
    question = trail.Question(
        project=project,
        cluster=str(cluster),
        refresh=refresh,
        node="",
        events=(events.OBSERVED,),
        since=now - timedelta(hours=1),
        until=now + timedelta(minutes=1),
    )
    return "".join(line.message for line in trail.read(session, endpoint, question))


def main(arguments: list[str], environ: Mapping[str, str]) -> int:
    """The exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.smoke")
    parser.add_argument("outputs", type=Path)
    parser.add_argument("--within", type=float, default=300.0, metavar="SECONDS", help="300 unless told")
    options = parser.parse_args(arguments)
    try:
        installation = Installation.parse(json.loads(options.outputs.read_text()))
    except KeyError as missing:
        print(f"Terraform has no output {missing}: is anything deployed? make plan, make deploy", file=sys.stderr)
        return 1
    logging = environ.get("REPULL_LOGGING_ENDPOINT", _LOGGING)
    try:
        source, _ = google.auth.default(scopes=[SCOPE])
        operator = as_operator(source, installation.operator, environ.get("REPULL_CREDENTIALS_ENDPOINT", _CREDENTIALS))
        asked = ask(installation, operator)
        silent = _wait(GoogleSession(source, who=WHO), logging, installation.project, asked, options.within)
    except (GoogleAuthError, Refused, Retryable) as error:
        print(f"The smoke test could not be made: {error}", file=sys.stderr)
        return 1
    for cluster in silent:
        said = f"gcloud logging read --project={installation.project} --freshness=15m {_SAID}"
        print(
            f"{cluster}: no plan in the audit trail within {options.within:g} s; what the functions say:\n  {said}",
            file=sys.stderr,
        )
    return 1 if silent else 0


def _wait(
    session: GoogleSession, endpoint: str, project: str, asked: Mapping[ClusterKey, str], within: float
) -> list[ClusterKey]:
    """Look again and again; the clusters without an answer at the end."""
    open_, until, pause = dict(asked), datetime.now(UTC) + timedelta(seconds=within), threading.Event()
    while True:
        for cluster, refresh in tuple(open_.items()):
            if said := answer(session, endpoint, project, cluster, refresh):
                print(f"{cluster}: {said} ({refresh})", flush=True)
                del open_[cluster]
        if not open_ or datetime.now(UTC) >= until:
            return list(open_)
        pause.wait(min(_LOOK_AGAIN, within))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
