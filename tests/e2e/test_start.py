"""How a function starts: only with settings that are good, and never deployed with a simulator in them."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from sandbox.functions import DidNotStart, Function

GOOD = {
    "REPULL_CLUSTERS": "acme-prod/us-central1/main",
    "REPULL_STEP_TOPIC": "projects/acme-prod/topics/node-refresh",
    "REPULL_DEAD_LETTER_TOPIC": "projects/acme-prod/topics/image-pull-events-dead-letters",
    "GOOGLE_CLOUD_PROJECT": "acme-prod",
}
DEPLOYED = {**GOOD, "K_SERVICE": "on-pull-event"}


@pytest.mark.parametrize("target", ["on_pull_event", "on_refresh_step"])
def test_starts_deployed_without_reaching_for_anything(target: str, tmp_path: Path) -> None:
    assert said_at_start(target, DEPLOYED, tmp_path) == ""


@pytest.mark.parametrize(
    "name, value",
    [
        ("REPULL_COMPUTE_ENDPOINT", "http://127.0.0.1:8080"),
        ("REPULL_CONTAINER_ENDPOINT", "https://container.googleapis.com.evil.example"),
        ("REPULL_REGISTRY_ENDPOINT", "http://127.0.0.1:5000"),
        ("PUBSUB_EMULATOR_HOST", "127.0.0.1:8085"),
        ("GCE_METADATA_HOST", "127.0.0.1:8086"),
        ("GOOGLE_APPLICATION_CREDENTIALS", "/secrets/key.json"),
    ],
)
def test_a_deployed_function_refuses_to_believe_in_a_simulator(name: str, value: str, tmp_path: Path) -> None:
    said = said_at_start("on_refresh_step", {**DEPLOYED, name: value}, tmp_path)
    assert name in said
    assert "is not accepted on Cloud Run" in said


def test_all_problems_of_the_settings_are_said_at_once(tmp_path: Path) -> None:
    wrong = {**GOOD, "REPULL_CLUSTERS": "main", "REPULL_MODE": "panic", "REPULL_COLOUR": "green"}
    said = said_at_start("on_pull_event", wrong, tmp_path)
    assert "REPULL_CLUSTERS='main' is not accepted; use project/location/name" in said
    assert "REPULL_MODE='panic' is not accepted; use observe or remediate" in said
    assert "REPULL_COLOUR is not a setting of repull" in said


def said_at_start(target: str, settings: Mapping[str, str], home: Path) -> str:
    """Why the function would not start; "" where it did."""

    async def start() -> str:
        environ = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **settings}
        function = Function(target=target, environ=environ, on_line=lambda _stream, _line: None)
        try:
            await function.start()
        except DidNotStart as error:
            return str(error)
        finally:
            await function.stop()
        return ""

    return asyncio.run(start())
