"""What a test has made is gone for the next one, and nothing of it comes late."""

from pathlib import Path

from sandbox import manifests
from sandbox.endpoint import Endpoint
from sandbox.faults import Fault
from tests.contract.adapters.clearing import clear
from tests.contract.kube.ringone import controlled, sandbox
from tests.contract.kube.server import eventually

LABELS = {"app": "late"}
CONTAINER = {"name": "app", "image": "app:v1"}


def test_a_pod_that_a_controller_is_about_to_make_is_gone_too(tmp_path: Path) -> None:
    """Its call is under way when everything is cleared."""
    making = Fault(api="kubernetes", user="system:controllers", verb="create", resource="pods", delay=3)
    template = {"metadata": {"labels": LABELS}, "spec": {"containers": [CONTAINER]}}
    spec = {"selector": {"matchLabels": LABELS}, "template": template, "replicas": 1}
    with sandbox(tmp_path) as opened, controlled(opened):
        run = opened.background.run
        admin = Endpoint(url=opened.server.url, ca=opened.server.ca).connect(opened.server.token)

        async def begin() -> None:
            manifests.apply(opened.api.store)
            opened.faults.add(making)
            await admin.create("deployments", {"metadata": {"name": "late", "namespace": "default"}, "spec": spec})

        run(begin())
        eventually(lambda: making.seen > 0)
        run(clear(admin))

        assert len(opened.books.calls(verb="create", resource="pods", status=201)) == making.seen  # none is to come
        assert [run(admin.list(plural)) for plural in ("deployments", "replicasets", "pods")] == [[], [], []]
        run(admin.close())
