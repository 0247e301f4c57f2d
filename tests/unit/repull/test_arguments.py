"""What nobody meant is refused before anything is asked: a script's variable that is empty, say."""

import pytest

from repull import arguments
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
