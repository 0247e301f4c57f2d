"""How a diagnosis looks: on a screen, in a pipe, where no emoji can be written, and where a name is hostile."""

import io
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.advice import ADVICE, advise
from functions.model.verdict import Cause, CheckResult, CheckStatus, Contrast, Subject, Verdict, VerdictKind
from functions.pullsecrets import SecretUse, Use
from repull.page import Page, status_of
from repull.survey import Report
from tests.unit.make import ACCOUNT, CLUSTER, IMAGE, T0

SUBJECT = Subject(cluster=CLUSTER, namespace="prod-app", pod="p1", image=IMAGE, node="n1", account=ACCOUNT)
PASSED = CheckResult(name="pod", status=CheckStatus.PASS, evidence="container main waits " + "and waits " * 20)
FAILED = CheckResult(name="access", status=CheckStatus.FAIL, evidence="CANNOT_ACCESS")
BESIDE = CheckResult(name="workload", status=CheckStatus.INFO, evidence="its own account may read")
HOUR = timedelta(hours=1)
PIPE = Page(width=None, coloured=False, plain=False)
SCREEN = Page(width=80, coloured=True, plain=False)


def report(
    kind: VerdictKind = VerdictKind.GRANT_MISSING, pods: tuple[str, ...] = ("prod-app/p1",), **fields: Any
) -> Report:
    values: dict[str, Any] = {
        "kind": kind,
        "subject": SUBJECT,
        "advice": advise(kind, SUBJECT, Cause.AUTH_DENIED, secret=SecretUse(name="key", use=Use.BROKEN, evidence="")),
        "checks": (PASSED, BESIDE, FAILED),
    }
    return Report(verdict=Verdict(**(values | fields)), pods=list(pods))


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_in_a_pipe_every_check_is_one_line_without_colour() -> None:
    lines = PIPE.report(report()).splitlines()

    assert lines[0] == "❌ GRANT_MISSING  pod prod-app/p1 on n1"
    assert lines[2:5] == [
        f"   ✅ pod       {PASSED.evidence}",
        "   ℹ  workload  its own account may read",
        "   ❌ access    CANNOT_ACCESS",
    ]
    assert "\x1b" not in "".join(lines)


def test_on_a_screen_evidence_is_wrapped_under_itself_and_names_are_coloured() -> None:
    text = SCREEN.report(report())
    plain = text.replace("\x1b[0m", "").replace("\x1b[32m", "").replace("\x1b[31m", "")
    wrapped = [line for line in plain.splitlines() if line.endswith("waits") or "and waits" in line]

    assert "\x1b[32mpod     \x1b[0m" in text
    assert len(wrapped) > 1
    assert all(line.startswith(" " * 16) and len(line) < 80 for line in wrapped[1:])


def test_a_command_is_never_broken() -> None:
    (command,) = (line for line in SCREEN.report(report()).splitlines() if "gcloud" in line)

    assert command.strip() == (
        "\x1b[1mgcloud artifacts repositories add-iam-policy-binding apps --project=acme-prod --location=us-central1 "
        f"--role=roles/artifactregistry.reader --member=serviceAccount:{ACCOUNT}\x1b[0m"
    )


def test_a_command_of_repull_s_own_is_one_as_well() -> None:
    command = f"repull diagnose --image {IMAGE} --node n1 --probe"
    advice = f"Nothing speaks against it: node n1 may pull. Only a probe finds out: {command}"

    assert PIPE.report(report(advice=advice)).splitlines()[-1] == f"     {command}"


COMMANDS = [["repull", "diagnose"], ["kubectl", "delete"], ["kubectl", "describe"], ["kubectl", "get"]] + [
    ["gcloud", group] for group in ("artifacts", "container", "iam")
]
"""How the commands of all verdicts begin."""


@pytest.mark.parametrize("kind", list(ADVICE))
def test_no_verdict_s_sentence_is_taken_for_a_command(kind: VerdictKind) -> None:
    lines = PIPE.report(report(kind)).split("\n\n")[-1].splitlines()

    assert lines[0].startswith("   → ")
    assert len(lines) == 1 or (lines[0].endswith(":") and lines[1].split()[:2] in COMMANDS)
    assert not any(" the kubelet " in line for line in lines[1:])


def test_it_says_when_it_was_asked_and_what_is_older_or_later() -> None:
    checks = [replace(check, at=T0) for check in (PASSED, BESIDE, FAILED)]
    checks[1] = replace(checks[1], at=T0 - timedelta(minutes=9))
    checks.append(CheckResult(name="image probe", status=CheckStatus.FAIL, evidence="denied", at=T0 + HOUR))
    lines = PIPE.report(report(checks=tuple(checks))).splitlines()

    assert lines[1] == f"   asked at {T0:%Y-%m-%d %H:%M:%S} UTC"
    assert [line.endswith("UTC)") for line in lines[3:7]] == [False, True, False, True]
    assert lines[4].endswith(f" (at {T0 - timedelta(minutes=9):%H:%M:%S} UTC)")


@pytest.mark.parametrize(
    "contrast, words", [(Contrast.PROVEN, "proven"), (Contrast.ELIMINATION, "by elimination, which is no proof")]
)
def test_it_says_whether_the_node_is_proven_to_be_at_fault(contrast: Contrast, words: str) -> None:
    found = report(VerdictKind.STALE_CREDENTIALS, contrast=contrast, contrast_evidence="pod p2 pulled")

    assert f"\n\n   {words}: pod p2 pulled\n\n   → " in PIPE.report(found)


def test_others_that_fail_for_the_same_cause_are_counted_and_some_are_named() -> None:
    text = PIPE.report(report(pods=tuple(f"prod-app/p{number}" for number in range(1, 10))))

    assert "and 8 more for the same cause: prod-app/p2, prod-app/p3, prod-app/p4, prod-app/p5, prod-app/p6, …" in text


def test_without_emoji_marks_are_letters_as_wide_as_each_other() -> None:
    page = Page(width=None, coloured=False, plain=True)
    unknown = CheckResult(name="image", status=CheckStatus.UNKNOWN, evidence="no answer …")
    lines = page.report(report(checks=(PASSED, BESIDE, unknown), kind=VerdictKind.UNKNOWN)).splitlines()

    assert lines[0].startswith("[??] UNKNOWN")
    assert [line.index(name) for line, name in zip(lines[2:], ("pod", "workload", "image"), strict=False)] == [8, 8, 8]
    assert "\n".join(lines).isascii()


def test_what_would_steer_the_terminal_is_taken_out() -> None:
    hostile = CheckResult(name="message", status=CheckStatus.FAIL, evidence="\x1b[2Jgone\r\nline\x07")

    for page in (PIPE, SCREEN):
        text = page.report(report(checks=(hostile,), advice="do \x1b]0;title\x07 with gcloud \x1b[8m"))
        assert "\x1b[2J" not in text
        assert not set("\r\x07") & set(text)
        assert "\x1b]0" not in text
        assert "\x1b[8m" not in text


def test_a_check_that_shows_that_all_is_well_is_no_failure() -> None:
    found = report(VerdictKind.RECOVERED, checks=(CheckResult(name="pod", status=CheckStatus.FAIL, evidence="runs"),))

    assert status_of(found) is CheckStatus.PASS
    assert "   ✅ pod  runs" in PIPE.report(found)


@pytest.mark.parametrize(
    "stream, environ, coloured",
    [
        pytest.param(Terminal(), {"TERM": "xterm"}, True, id="terminal"),
        pytest.param(Terminal(), {"TERM": "xterm", "NO_COLOR": "1"}, False, id="no-color"),
        pytest.param(Terminal(), {"TERM": "dumb"}, False, id="dumb"),
        pytest.param(io.StringIO(), {"TERM": "xterm"}, False, id="pipe"),
    ],
)
def test_who_gets_colours(stream: io.StringIO, environ: dict[str, str], coloured: bool) -> None:  # noqa: FBT001 - a row
    assert Page.of(stream, environ).coloured is coloured
    assert (Page.of(stream, environ).width is None) == (not stream.isatty())


def test_an_encoding_that_knows_no_marks_gets_letters() -> None:
    assert Page.of(io.TextIOWrapper(io.BytesIO(), encoding="latin-1"), {}).plain
    assert not Page.of(io.TextIOWrapper(io.BytesIO(), encoding="utf-8"), {}).plain


def test_what_could_not_be_found_out_never_looks_well() -> None:
    """Where all is well but for a last question that nobody answered, a ✅ would be a lie."""
    unanswered = CheckResult(name="image probe", status=CheckStatus.UNKNOWN, evidence="refused")
    text = PIPE.report(report(VerdictKind.RECOVERED, checks=(PASSED, unanswered)))

    assert "❔ image probe" in text


def test_a_table_has_its_columns_below_each_other_and_breaks_the_last_one_where_there_is_no_room() -> None:
    rows = [("NODE", "WHY"), ("n1", "because " * 20), ("node-2\x1b[2J", "")]

    assert PIPE.table(rows, indent="  ").splitlines() == [
        "  NODE        WHY",
        f"  n1          {'because ' * 20}".rstrip(),
        "  node-2\ufffd[2J",
    ]
    broken = SCREEN.table(rows, indent="  ").splitlines()
    assert len(broken) == 5
    assert all(line.startswith(" " * 14 + "because") for line in broken[2:4])
    assert all(len(line) < 80 for line in broken)

    wide = [("x" * 30, "y" * 20, "short"), ("x" * 30, "y" * 20, "because " * 20)]
    assert SCREEN.table(wide).splitlines()[:3] == [
        f"{'x' * 30}  {'y' * 20}  short",
        f"{'x' * 30}  {'y' * 20}",
        f"    {'because ' * 9}".rstrip(),
    ]


def test_columns_that_the_screen_has_no_room_for_are_broken_between_words() -> None:
    """A terminal would break them in the middle of one."""
    rows = [("x" * 30, "y" * 30, "z" * 30, "why"), ("a", "", "b", "because " * 20)]

    assert SCREEN.table(rows, indent="  ").splitlines()[:5] == [
        f"  {'x' * 30}  {'y' * 30}",
        f"    {'z' * 30}",
        "      why",
        "  a  b",
        f"      {'because ' * 9}".rstrip(),
    ]


def test_a_row_without_a_last_cell_leaves_no_empty_line() -> None:
    """Neither where there is no room for columns, nor where they fill the screen."""
    crowded = [("x" * 30, "y" * 30, "z" * 30, ""), ("a", "b", "c", "why")]
    full = [("x" * 40, "y" * 37, ""), ("a", "b", "")]

    assert SCREEN.table(crowded).splitlines()[:3] == [f"{'x' * 30}  {'y' * 30}", f"  {'z' * 30}", "a  b  c"]
    assert SCREEN.table(full).splitlines() == [f"{'x' * 40}  {'y' * 37}", f"a{' ' * 41}b"]


def test_a_word_that_would_stick_out_goes_below_where_it_fits() -> None:
    """A pod's name, or an image's; one that fits nowhere is better beside its own row."""
    rows = [("node", f"evicts {'p' * 72}"), ("image", "i" * 100)]

    assert SCREEN.table(rows, indent="  ").splitlines() == [
        "  node",
        "      evicts",
        f"      {'p' * 72}",
        f"  image  {'i' * 100}",
    ]
