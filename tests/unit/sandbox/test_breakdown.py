"""What broke down is told once, in one sentence, with what helps and where the whole story is."""

import asyncio
from pathlib import Path

import pytest

from sandbox.breakdown import Breakdown, Complaints, logs_kept, within
from sandbox.real.machines.slot import Full


@pytest.fixture(autouse=True)
def own_temporary_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where logs are kept."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


@pytest.mark.parametrize(
    "last_words, remedy",
    [
        ("failed to create fsnotify watcher: too many open files", "sysctl fs.inotify.max_user_instances=1024"),
        ("write /data: No space left on device", "make room on the disk"),
        ("listen tcp 127.0.0.1:2379: bind: address already in use", "it takes other ports"),
        ("panic", "try again when the machine is less busy, and if it stays so, the log says why"),
    ],
)
def test_the_sentence_has_what_happened_what_helps_and_the_log(last_words: str, remedy: str) -> None:
    told = Breakdown(f"etcd ended with 1:\n{last_words}", log=Path("/some/etcd.log")).sentence
    assert told.startswith("etcd ended with 1; ")
    assert told.endswith(f"{remedy}: /some/etcd.log")


def test_without_a_log_the_last_words_are_told() -> None:
    assert Breakdown("it ended with 1:\nthe flag is unknown").sentence.endswith("\nthe flag is unknown")


def test_some_know_their_remedy() -> None:
    assert Full("no place").sentence == "no place; end one of the other sandboxes, or add fewer machines"


def test_all_are_found_in_whatever_groups_they_are() -> None:
    one, two = Breakdown("one"), Breakdown("two")
    group = BaseExceptionGroup("", [one, ExceptionGroup("", [two, ValueError()]), asyncio.CancelledError()])
    assert list(within(group)) == [one, two]


def test_a_log_outlives_its_directory_and_is_kept_once(tmp_path: Path) -> None:
    log = tmp_path / "etcd.log"
    log.write_text("all it said")
    broken = Breakdown("etcd ended", log=log)
    with pytest.raises(ExceptionGroup), logs_kept(), logs_kept():
        raise ExceptionGroup("", [broken])
    log.unlink()
    (kept,) = tmp_path.iterdir()
    assert broken.log == kept
    assert kept.read_text() == "all it said"


def test_what_breaks_where_nobody_waits_is_told_and_what_is_raised_too_is_told_once() -> None:
    told: list[str] = []
    broken, other = Breakdown("node-1 did not boot"), Breakdown("node-2 did not boot")

    async def story() -> None:
        complaints = Complaints(told.append)
        complaints.listen()
        for each in (broken, other):
            asyncio.get_running_loop().call_exception_handler({"message": "a machine has broken", "exception": each})
        complaints.hear(ExceptionGroup("", [broken]))

    asyncio.run(story())
    assert [line.partition(";")[0] for line in told] == ["node-1 did not boot", "node-2 did not boot"]
