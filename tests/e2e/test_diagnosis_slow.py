"""Somebody whom the diagnosis asks answers when nobody waits any more: it says who, and does nothing.

All of them at once, each about a pod, a machine or an image of its own, for the time-outs take their time.
"""

import asyncio
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from sandbox import deployment
from sandbox.beds import HERE, LONE, LONER, STOCK, THERE
from sandbox.objects.kinds import Object, name_of
from tests.e2e.scenery import AUTOPILOT
from tests.e2e.standing import as_json, push_body
from tests.e2e.ward import DENIED, Ward, entry, nothing_was_done, ward

LATER = {"kubernetes": 25.0}
LATE = 14.0
"""Seconds: some more than the time-outs of `functions.adapters`."""
AGAIN = ""
SETTINGS = {"REPULL_IMPERSONATE": LONER, "REPULL_READ_AUDIT_LOG": "on", "REPULL_PROPAGATION_SECONDS": "600"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Slow:
    """Who is slow; the verdict, or AGAIN where the message is to come again; and words that name them.

    `name` is the one thing about which they are slow, with {pod} and {image} for those of the case.
    """

    who: str
    fault: Mapping[str, Any]
    name: str
    kind: str
    words: str
    node: str = THERE
    cluster: str = deployment.CLUSTER
    granted: str = ""  # an account that may read the case's repository

    @property
    def image(self) -> str:
        """In a repository of its own: what concerns one repository is diagnosed one after the other."""
        return f"{deployment.REGISTRY_HOST}/{deployment.PROJECT}/{self.who}/worker:v1"

    @property
    def repository(self) -> str:
        return f"projects/{deployment.PROJECT}/locations/{deployment.LOCATION}/repositories/{self.who}"


CASES = (
    Slow(who="gke", fault={"api": "container"}, name=AUTOPILOT, kind=AGAIN, words=f"/clusters/{AUTOPILOT}: no answer",
         cluster=AUTOPILOT),
    Slow(who="kubernetes", fault={"api": "kubernetes", "resource": "pods", "verb": "get"}, name="{pod}", kind=AGAIN,
         words="get pods {pod}: no answer in time"),
    Slow(who="compute", fault={"api": "compute"}, name=HERE, kind=AGAIN, words=f"/instances/{HERE}: no answer",
         node=HERE),
    Slow(who="registry", fault={"api": "registry"}, name=f"{deployment.PROJECT}/registry/worker:v1", kind="UNKNOWN",
         words="/manifests/v1?ns=us-central1-docker.pkg.dev: no answer within 10 s"),
    # Policy Troubleshooter is slow for everybody, who go on by the policies: of every level, which is enough
    Slow(who="troubleshooter", fault={"api": "troubleshooter"}, name="", kind="GRANT_MISSING", node=STOCK,
         words="Policy Troubleshooter can't tell"),
    Slow(who="policies", fault={"api": "iam", "verb": "getIamPolicy"}, name="policies", kind="UNKNOWN", node=STOCK,
         words="repositories/policies can't be read"),
    Slow(who="credentials", fault={"api": "iamcredentials"}, name=LONER, kind="PROPAGATING", node=LONE, granted=LONER,
         words=f"no token of {LONER} to try it with"),
    Slow(who="auditlog", fault={"api": "logging"}, name="", kind="PROPAGATING", granted=deployment.NODES,
         words="how old the grant is the audit log can't tell"),
)  # fmt: skip


def test_whoever_answers_too_late_is_named_and_no_node_is_blamed() -> None:
    with ward(SETTINGS) as opened:
        events = {case.who: prepared(opened, case) for case in CASES}
        answers = opened.run(tell_all(opened.world.diagnose.url, events.values()), within=150)
        statuses = dict(zip(events, answers, strict=True))
        assert statuses == {case.who: 200 if case.kind else 503 for case in CASES}
        opened.here.until(lambda: len(lines(opened)) == len(CASES), "a line about each")
        for case in CASES:
            pod = events[case.who]["jsonPayload"]["involvedObject"]["name"]
            words = case.words.format(pod=pod)
            (line,) = (each for each in lines(opened) if each.get("pod") == pod or told_again(each, words))
            assert line.get("kind", AGAIN) == case.kind
            assert words in json.dumps(line)
        nothing_was_done(opened)


def told_again(line: Object, words: str) -> bool:
    """A line that says why an event is wanted again names no pod."""
    return line["event"] == "repull.retry" and words in str(line["message"])


def prepared(opened: Ward, case: Slow) -> Object:
    """The event of a pod that fails; whoever it concerns is slow to answer."""
    opened.world.catalog.push(case.image)
    if case.granted:
        opened.world.policies.grant(f"serviceAccount:{case.granted}", deployment.READER, case.repository)
    pod = opened.admit(image=case.image, node=case.node)
    name = case.name.format(pod=name_of(pod))
    opened.fault(user=deployment.DIAGNOSE, name=name, delay=LATER.get(case.who, LATE), **case.fault)
    event = entry(pod, message=f'Failed to pull image "{case.image}": {DENIED}')
    event["resource"]["labels"]["cluster_name"] = case.cluster
    return event


async def tell_all(url: str, events: Iterable[Object]) -> list[int]:
    async with httpx.AsyncClient(timeout=140, trust_env=False) as http:
        answers = (http.post(url, json=push_body(as_json(event))) for event in events)
        return [answer.status_code for answer in await asyncio.gather(*answers)]


def lines(opened: Ward) -> list[Object]:
    """What the function said about the events: a verdict, or why it wants one again."""
    payloads = [each.get("jsonPayload") or {} for each in opened.world.logs]
    return [line for line in payloads if line.get("event") in ("repull.verdict", "repull.retry")]
