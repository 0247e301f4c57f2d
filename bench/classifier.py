"""How well messages are understood, per provenance and cause, and how fast."""

import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from bench.figures import Figure
from functions.classify import classify
from functions.model.verdict import Cause

ROOT = Path(__file__).parents[1]
CORPUS = (ROOT / "tests/corpus/pull_failures.jsonl", ROOT / "tests/corpus/blind.jsonl")
DECOYS = ROOT / "tests/corpus/decoys.jsonl"
SEEN = ("observed", "fragment")
MESSAGES = 10_000


async def figures() -> tuple[Figure, ...]:
    """Also prints the confusion table: what was taken for what."""
    rows = [json.loads(line) for file in CORPUS for line in file.read_text().splitlines()]
    taken = [(row, classify(row["message"], row.get("reason", "")).cause) for row in rows]
    print(_confusion(taken))
    seen = [(row, cause) for row, cause in taken if row["provenance"] in SEEN]
    right = sum(cause == row["cause"] for row, cause in seen)
    lenient = [row for row, cause in taken if cause.may_be_credential and not Cause(row["cause"]).may_be_credential]
    decoys = [json.loads(line) for line in DECOYS.read_text().splitlines()]
    taken_in = [row for row in decoys if classify(row["message"], row.get("reason", "")).credential]
    return (
        Figure(
            name="observed and fragment messages understood",
            value=100 * right / len(seen),
            floor=95,
            unit="%",
            at_least=True,
            detail=f"{right} of {len(seen)}; rows that the rules were taught with, so it proves no more than that",
        ),
        Figure(
            name="messages wrongly said to permit a credential",
            value=len(lenient) + len(taken_in),
            floor=0,
            detail=f"of all {len(rows)} of the corpus and {len(decoys)} decoys",
        ),
        Figure(
            name=f"repull classify, {MESSAGES:,} messages",
            value=_seconds(rows),
            floor=2,
            unit="s",
            detail="the whole command, on one core",
        ),
    )


def _seconds(rows: list[dict[str, Any]]) -> float:
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
        file.writelines(json.dumps(row) + "\n" for row in itertools.islice(itertools.cycle(rows), MESSAGES))
        file.flush()
        began = time.perf_counter()
        command = [sys.executable, "-m", "repull", "classify", file.name]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        return time.perf_counter() - began


def _confusion(taken: list[tuple[dict[str, Any], Cause]]) -> str:
    """A line per cause: how many rows of each provenance were taken for it, and what the others were taken for."""
    provenances = sorted({row["provenance"] for row, _ in taken}, key=lambda name: (name not in SEEN, name))
    lines = [f"{'true cause':<28}" + "".join(f"{name:>12}" for name in provenances) + "  taken for"]
    for cause in sorted({row["cause"] for row, _ in taken}):
        found = [(row["provenance"], answer) for row, answer in taken if row["cause"] == cause]
        cells = []
        for name in provenances:
            answers = [answer for provenance, answer in found if provenance == name]
            cells.append(f"{sum(answer == cause for answer in answers)}/{len(answers)}" if answers else "")
        others = Counter(answer.value for _, answer in found if answer != cause)
        wrong = ", ".join(f"{name} ({count})" for name, count in others.most_common())
        lines.append(f"{cause:<28}" + "".join(f"{cell:>12}" for cell in cells) + f"  {wrong}".rstrip())
    return "\n".join(lines)
