"""Which broker the sandbox takes."""

from pathlib import Path

import pytest

from sandbox.pace import Pace
from sandbox.pubsub.choice import choose

PACE = Pace()


@pytest.fixture
def gcloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation with the component, and Java, on the PATH."""
    programs = ["bin/gcloud", "bin/java", "platform/pubsub-emulator/bin/cloud-pubsub-emulator"]
    for program in programs:
        path = tmp_path / program
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


def test_the_emulator_where_it_is_installed(gcloud: Path) -> None:
    assert choose({}, pace=PACE).name == "Pub/Sub emulator"


@pytest.mark.parametrize("missing", ["bin/gcloud", "bin/java", "platform/pubsub-emulator/bin/cloud-pubsub-emulator"])
def test_the_embedded_queue_elsewhere(gcloud: Path, missing: str) -> None:
    (gcloud / missing).unlink()
    assert choose({}, pace=PACE).name == "embedded queue"
    with pytest.raises(ValueError, match="not installed"):
        choose({"SANDBOX_PUBSUB": "emulator"}, pace=PACE)


def test_the_embedded_queue_on_demand(gcloud: Path) -> None:
    assert choose({"SANDBOX_PUBSUB": "embedded"}, pace=PACE).name == "embedded queue"


def test_anything_else_is_refused() -> None:
    with pytest.raises(ValueError, match="use embedded or emulator"):
        choose({"SANDBOX_PUBSUB": "kafka"}, pace=PACE)
