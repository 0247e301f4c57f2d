"""What nobody meant is refused before anything is asked: a script's variable that is empty, say."""

import re

import pytest

from functions.errors import BadInput
from repull import arguments, cli
from repull.cli import main


@pytest.mark.parametrize("command", ["abort", "pause", "resume", "status", "audit"])
@pytest.mark.parametrize("name", ["", "..", "a/b", "A", "a b"])
def test_what_is_no_name_means_no_refresh(command: str, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a name the cluster is paused, and whatever is under way is aborted."""
    with pytest.raises(SystemExit) as ended:
        main([command, name])

    assert ended.value.code == 2
    assert f"{name!r} is" in capsys.readouterr().err


@pytest.mark.parametrize("chosen", [[""], ["--pool", ""], ["--selector", ""], ["-l", " "]])
def test_what_chooses_nothing_does_not_mean_every_node(chosen: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["start", "--yes", *chosen])

    assert ended.value.code == 2
    assert "leave it out to have every node in scope" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command, options",
    [
        ("audit", ("node", "event", "project", "topic", "context")),
        ("diagnose", ("node", "namespace", "context")),
        ("start", ("topic", "context")),
    ],
)
@pytest.mark.parametrize("empty", ["", " "])
def test_what_is_given_empty_is_not_taken_for_left_out(
    command: str, options: tuple[str, ...], empty: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for option in options:
        with pytest.raises(SystemExit) as ended:
            main([command, f"--{option}", empty])

        assert ended.value.code == 2
        assert f"--{option}: {empty!r} is nothing" in capsys.readouterr().err.replace("-n/", "")


@pytest.mark.parametrize("text", ["reset", "repull.reset"])
def test_an_event_is_named_as_it_is_shown_or_as_it_is_kept(text: str) -> None:
    assert arguments.event(text) == "repull.reset"


@pytest.mark.parametrize(
    "text", ["team=ocr", "a.b/c==d", "team!=", "!team", "team", "zone in (a, b),disk notin (hdd)", "cores>4", "t=a , u"]
)
def test_a_selector_is_one_of_kubectls(text: str) -> None:
    assert arguments.selector(text) == text


@pytest.mark.parametrize("text", ["acme-prod", "example.com:acme-prod", "123456789012"])
def test_a_project_is_named_by_its_id_or_its_number(text: str) -> None:
    assert arguments.project(text) == text


@pytest.mark.parametrize("text", ["x=y=z", "team in a", "=ocr", "team=ocr,", "a b", "team=(a)", "-team", "x=y;z"])
def test_what_is_no_selector_is_refused_with_what_is_one(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["start", "--yes", f"--selector={text}"])

    assert ended.value.code == 2
    assert f"--selector: {text!r} is not accepted; use labels as kubectl" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["start", "--pool", "a,b"], "--pool: 'a,b' is no pool's name"),
        (["start", "--topic", "node-refresh", "--dry-run"], "--topic: 'node-refresh' is not accepted; use projects/"),
        (["start", "--method", "Reboot"], "--method: invalid choice: 'Reboot'"),
        (["start", "--image", "A:B:C"], "--image: "),
        (["audit", "--project", "no project"], "--project: 'no project' is no project's id or number"),
        (["audit", "--project", "007"], "--project: '007' is no project's id or number"),
        (["audit", "--event", "rset"], "--event: 'rset' is no event; use one of"),
        (["audit", "--limit", "0"], "--limit: '0' is not accepted; use a whole number"),
        (["audit", "--since", "yesterday"], "--since: 'yesterday' is not accepted; use a duration"),
        (["status", "--watch", "--timeout", "soon"], "--timeout: 'soon' is not accepted; use a duration"),
        (["status", "--cluster", "main"], "--cluster: "),
        (["pause", "--output", "yaml"], "--output: invalid choice: 'yaml'"),
        (["diagnose", "--node", "../x"], "--node: '../x' is not accepted"),
        (["classify", ""], "FILE: '' is nothing"),
    ],
)
def test_a_value_that_can_not_be_meant_is_refused_by_the_options_name(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 2
    assert words in re.sub(r"-\w/(?=--)", "", capsys.readouterr().err)


@pytest.mark.parametrize(
    "error, words",
    [
        (
            BadInput(field="image", value="", accepted="the image to probe with", example="api:v1"),
            "--image is missing; use the image to probe with, for example api:v1",
        ),
        (
            BadInput(field="method", value="ScaleWorkloads", accepted="it with acceptOutage", example='{"a": 1}'),
            "--method 'ScaleWorkloads' is not accepted; use it with --accept-outage",
        ),
        (BadInput(field="maxUnavailable", value="99", accepted="1"), "--max-unavailable '99' is not accepted; use 1"),
        (BadInput(field="nodes", value="n", accepted="others"), "NODE 'n' is not accepted; use others"),
        (BadInput(field="REPULL_X", value="1", accepted="fooBar"), "REPULL_X '1' is not accepted; use fooBar"),
    ],
)
def test_what_a_message_may_not_say_is_told_by_the_option_that_says_it(error: BadInput, words: str) -> None:
    assert cli.misunderstood(error) == words


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("command", ["--help", *(each.__name__.rpartition(".")[2] for each in cli.COMMANDS)])
def test_help_is_as_wide_as_the_terminal(
    command: str, columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    with pytest.raises(SystemExit):
        main([command, "--help"])

    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if len(line) > columns] == []


def test_paragraphs_of_the_help_stay_apart(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["diagnose", "--help"])

    assert "\n\nWHAT is a pod" in capsys.readouterr().out
