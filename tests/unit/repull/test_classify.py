"""`repull classify`, as a shell sees it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from functions.model.verdict import Cause
from repull.classify import explain

ROOT = Path(__file__).parents[3]
CORPUS = ROOT / "tests/corpus/pull_failures.jsonl"
DENIED = 'Failed to pull image "gcr.io/a/b:1": failed to authorize: failed to fetch oauth token: 401 Unauthorized'


def repull(*arguments: str, given: str = "", encoding: str = "utf-8") -> subprocess.CompletedProcess[str]:
    """`encoding` is that of the shell; files and pipes hold UTF-8."""
    done = subprocess.run(
        [sys.executable, "-m", "repull", *arguments],
        cwd=ROOT,
        input=given.encode(),
        capture_output=True,
        check=False,
        env={"PATH": os.environ["PATH"], "PYTHONIOENCODING": encoding},
    )
    return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(encoding), done.stderr.decode())


def answers(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_line_of_a_file_is_answered_with_a_line_in_order() -> None:
    wanted = [json.loads(line) for line in CORPUS.read_text().splitlines()]

    found = answers(repull("classify", str(CORPUS)))

    assert [each["cause"] for each in found] == [row["cause"] for row in wanted]
    assert all(set(each) == {"cause", "credential", "evidence", "advice"} for each in found)
    assert all(each["credential"] == Cause(each["cause"]).may_be_credential for each in found)


@pytest.mark.parametrize(
    "line",
    [
        DENIED,
        json.dumps({"message": DENIED, "reason": "Failed"}),
        json.dumps({"resource": {}, "jsonPayload": {"message": DENIED}}),
    ],
    ids=["text", "event", "log entry"],
)
@pytest.mark.parametrize("file", [(), ("-",)], ids=["no file", "-"])
def test_a_message_may_come_as_it_is_or_in_json_from_standard_input(line: str, file: tuple[str, ...]) -> None:
    assert answers(repull("classify", *file, given=f"\n{line}\n")) == [explain(DENIED)]
    assert explain(DENIED)["cause"] == "auth_denied"


@pytest.mark.parametrize("entry", [{}, {"resource": {}}], ids=["event", "log entry"])
def test_an_events_reason_is_read_with_its_message(entry: dict[str, Any]) -> None:
    event = {"message": DENIED, "reason": "FailedMount"}
    line = json.dumps(entry | {"jsonPayload": event} if entry else event)
    (found,) = answers(repull("classify", given=f"{line}\n"))

    assert (found["cause"], found["credential"]) == ("not_a_pull_failure", False)


@pytest.mark.parametrize("line", ["{", "{}", '{"message": 1}', '{"jsonPayload": []}', "[" * 100_000, "\x00"])
def test_a_line_that_is_no_message_is_one_that_nobody_knows(line: str) -> None:
    (found,) = answers(repull("classify", given=f"{line}\n"))

    assert (found["cause"], found["credential"]) in {("unknown", False), ("backoff_no_cause", False)}


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252"])
@pytest.mark.parametrize(
    "word", ["Zugriff gesperrt: größe", "访问被拒绝", "sorry \U0001f600", "half \ud800"], ids=ascii
)
def test_what_the_readers_encoding_lacks_is_escaped(encoding: str, word: str) -> None:
    lines = [json.dumps({"message": word})]
    if word.isprintable():
        lines.append(word)
    found = answers(repull("classify", given="".join(f"{line}\n" for line in lines), encoding=encoding))

    assert [(each["cause"], each["evidence"]) for each in found] == [("unknown", word)] * len(lines)


@pytest.mark.parametrize("message", [DENIED, DENIED * 100], ids=["short", "longer than a file's name may be"])
def test_a_message_in_place_of_a_file_is_told_where_it_goes(message: str) -> None:
    done = repull("classify", message)

    assert (done.returncode, done.stdout) == (2, "")
    assert "a message itself goes to standard input, for example repull classify <<< '" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_cannot_be_done_says_why() -> None:
    assert repull("classify", "/nonesuch").returncode == 1
    assert "/nonesuch" in repull("classify", "/nonesuch").stderr
    assert repull("nonesense").returncode == 2
    assert repull().returncode == 2


def test_a_reader_who_has_enough_is_no_error() -> None:
    many = " ".join(["cat"] + [str(CORPUS)] * 20)  # more answers than a pipe holds
    shell = f"{many} | {sys.executable} -m repull classify | head -1"
    done = subprocess.run(["/bin/sh", "-c", shell], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.stderr == ""
    assert len(done.stdout.splitlines()) == 1
