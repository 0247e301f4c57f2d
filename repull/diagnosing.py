"""What `repull diagnose` does once it has understood what is wanted: find the pods, diagnose, probe, print."""

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, Never

import yaml

from repull import imagecheck, probing, targets, wiring
from repull.page import FINE, UNDECIDED, Page
from repull.survey import Report, Survey
from repull.wiring import Access
from repull.written import as_json, can_be_written, put

WRONG = 3
UNKNOWN = 4


def run(options: argparse.Namespace, *, refuse: Callable[[str], Never]) -> int:
    """The exit code. `refuse` ends it where something more must be said on the command line."""
    access = wiring.enter(options, refuse=refuse)
    title, left, reports = _diagnose(access, options, options.namespace or access.namespace)
    if options.probe:
        _probe(access, tuple(filter(probing.can_be_probed, reports)), options)
    _print(options.output, title, reports, left)
    return _exit_code(reports)


def _diagnose(access: Access, options: argparse.Namespace, namespace: str) -> tuple[str, int, tuple[Report, ...]]:
    """What was looked at, how many pods were not, and the verdicts."""
    if options.image:
        return str(options.image), 0, imagecheck.check(access, options.image, options.node or "")
    if options.what:
        target = targets.find(access.kube, "/".join(options.what), namespace)
    else:
        target = targets.everything(access.kube, "" if options.all_namespaces else namespace)
    survey = Survey(access=access)
    survey.look(target.pods, _say)
    if options.wait:
        survey.look_again(_say)
    return target.title, survey.left, survey.reports


def _probe(access: Access, reports: tuple[Report, ...], options: argparse.Namespace) -> None:
    """Unless it is not wanted after all: what is known without it is told all the same."""
    if not reports:
        print("There is nothing to probe: no node, or no image that its own credential would fetch.", file=sys.stderr)
        return
    if not options.yes:
        print(probing.question(reports), "Go on? [y/N] ", sep="\n", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().lower() not in ("y", "yes"):
            print("Nothing was done.", file=sys.stderr)
            return
    for report in reports:
        probing.run(access, report, _say)


def _print(output: str, title: str, reports: tuple[Report, ...], left: int) -> None:
    if output == "json":
        put(as_json(_data(title, reports, left), indent=2))
    elif output == "yaml":
        put(_yaml(_data(title, reports, left)), end="")
    else:
        page = Page.of(sys.stdout)
        parts = [page.report(each) for each in reports]
        if not reports:
            parts = [page.line(f"Nothing in {title} waits for an image.")]
        if left:
            parts.append(page.line(f"{left} more pods were not looked at: look at one deployment or node at a time."))
        put("\n\n".join(parts))


def _yaml(data: dict[str, Any]) -> str:
    text: str = yaml.safe_dump(data, allow_unicode=True, sort_keys=False, width=1000)
    return text if can_be_written(text) else str(yaml.safe_dump(data, sort_keys=False, width=1000))


def _data(title: str, reports: tuple[Report, ...], left: int) -> dict[str, Any]:
    """As the functions' log has a verdict, with the pods that it answers."""
    diagnoses = [
        json.loads(json.dumps(each.verdict.fields, default=datetime.isoformat)) | {"pods": each.pods}
        for each in reports
    ]
    return {"target": title, "diagnoses": diagnoses, "not_looked_at": left}


def _exit_code(reports: Iterable[Report]) -> int:
    kinds = {each.kind for each in reports}.difference(FINE)
    if kinds.difference(UNDECIDED):
        return WRONG
    return UNKNOWN if kinds else 0


def _say(line: str) -> None:
    """What is being done, where somebody watches."""
    if sys.stderr.isatty():
        print(line, file=sys.stderr)
