"""A real control plane: who it lets in, what it lets them do, and that nothing of it stays."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.kube import KubeClient
from sandbox.kube.client import ApiError
from sandbox.real import kubectl
from sandbox.real.controlplane import ControlPlane, control_plane, install
from tests.contract.real.processes import wait_until_gone
from tests.ringtwo import RingTwo

pytestmark = pytest.mark.ring2

REFRESH = "repull-refresh@acme-prod.iam.gserviceaccount.com"
Work = Callable[[KubeClient], Awaitable[Any]]

PLANES = """
import asyncio, sys
from pathlib import Path
from sandbox.real.controlplane import control_plane

async def main():
    async with control_plane(Path(sys.argv[1])) as plane:
        print(*(daemon.pid for daemon in plane.daemons), flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


def as_user(ring: RingTwo, user: str, work: Work) -> Any:
    """What `work` answers that speaks as `user`, or the ApiError that it was told."""

    async def with_client() -> Any:
        client = ring.client(user)
        try:
            return await work(client)
        except ApiError as error:
            return error
        finally:
            await client.close()

    return ring.background.run(with_client())


def as_admin(plane: ControlPlane, work: Work) -> Any:
    async def with_client() -> Any:
        client = KubeClient(url=plane.url, ca=plane.ca, token=plane.admin_token)
        try:
            return await work(client)
        finally:
            await client.close()

    return with_client()


def refused(answer: Any) -> str:
    assert isinstance(answer, ApiError)
    assert answer.status == 403
    return answer.message


def a_node(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}}


def test_a_node_registers_itself_and_no_other(ring_two: RingTwo) -> None:
    made = as_user(ring_two, "system:node:mine", lambda client: client.create("nodes", a_node("mine")))
    assert made["metadata"]["name"] == "mine"
    other = as_user(ring_two, "system:node:mine", lambda client: client.create("nodes", a_node("another")))
    assert "another" in refused(other)
    ring_two.background.run(as_admin(ring_two.plane, lambda client: client.delete("nodes", "mine")))


def test_an_account_that_nothing_is_bound_to_may_do_nothing(ring_two: RingTwo) -> None:
    said = refused(as_user(ring_two, "somebody@example.com", lambda client: client.list("pods")))
    assert said.startswith('pods is forbidden: User "somebody@example.com" cannot list resource "pods"')


def test_the_manifests_let_the_refresh_do_its_work_and_no_more(ring_two: RingTwo) -> None:
    ring_two.background.run(install(ring_two.plane, "acme-prod"))
    assert isinstance(as_user(ring_two, REFRESH, lambda client: client.list("noderefreshes")), list)
    assert "secrets" in refused(as_user(ring_two, REFRESH, lambda client: client.list("secrets")))


def test_gkes_own_components_have_their_roles(ring_two: RingTwo) -> None:
    as_user(ring_two, "system:node:gone", lambda client: client.create("nodes", a_node("gone")))
    deleted = as_user(ring_two, "system:cloud-controller-manager", lambda client: client.delete("nodes", "gone"))
    assert not isinstance(deleted, ApiError)
    assert isinstance(as_user(ring_two, "system:event-exporter", lambda client: client.list("events")), list)


def test_a_token_that_names_nobody_is_not_let_in(ring_two: RingTwo) -> None:
    async def with_strange_token() -> ApiError:
        client = KubeClient(url=ring_two.plane.url, ca=ring_two.plane.ca, token="ya29.never-issued")
        try:
            with pytest.raises(ApiError) as raised:
                await client.list("nodes")
            return raised.value
        finally:
            await client.close()

    assert ring_two.background.run(with_strange_token()).status == 401


def test_a_revoked_token_is_let_in_no_more(ring_two: RingTwo) -> None:
    """Some ten seconds later: so long any API server remembers whom it has let in."""
    token = ring_two.identities.issue("system:node:leaving")

    async def until_refused() -> int:
        client = KubeClient(url=ring_two.plane.url, ca=ring_two.plane.ca, token=token)
        try:
            await client.create("nodes", a_node("leaving"))
            ring_two.identities.revoke(token)
            while True:
                await client.get("nodes", "leaving")
                await asyncio.sleep(0.2)
        except ApiError as error:
            return error.status
        finally:
            await client.close()

    assert ring_two.background.run(until_refused()) == 401
    ring_two.background.run(as_admin(ring_two.plane, lambda client: client.delete("nodes", "leaving")))


def test_a_pod_gets_a_token_and_the_tolerations_of_every_pod(ring_two: RingTwo) -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "plain"},
        "spec": {"containers": [{"name": "app", "image": "app"}]},
    }

    async def create(client: KubeClient) -> Any:
        made = await client.create("pods", pod, "default")
        await client.delete("pods", "plain", "default", grace=0)
        return made["spec"]

    spec = ring_two.background.run(as_admin(ring_two.plane, create))
    assert spec["serviceAccountName"] == "default"
    assert spec["volumes"][0]["name"].startswith("kube-api-access-")
    assert {each["tolerationSeconds"] for each in spec["tolerations"]} == {300}


def test_the_audit_log_has_who_did_what_in_a_line(ring_two: RingTwo) -> None:
    as_user(ring_two, "auditor@example.com", lambda client: client.get("nodes", "wanted"))

    async def said() -> dict[str, Any]:
        """It is written when the answer is already on its way."""
        while True:
            for line in ring_two.plane.audit.read_text().splitlines(keepends=True):
                if not line.endswith("\n"):
                    break  # it is still being written
                event: dict[str, Any] = json.loads(line)
                if event["user"].get("username") == "auditor@example.com":
                    return event
            await asyncio.sleep(0.01)

    event = ring_two.background.run(said())
    assert (event["verb"], event["objectRef"]["resource"], event["objectRef"]["name"]) == ("get", "nodes", "wanted")
    assert event["responseStatus"]["code"] == 403


def test_kubectl_says_why_it_failed(ring_two: RingTwo) -> None:
    with pytest.raises(kubectl.KubectlFailed, match='pods "nobody" not found'):
        ring_two.background.run(kubectl.run(ring_two.plane.kubeconfig, "get", "pod", "nobody"))


def test_two_side_by_side_know_nothing_of_each_other_and_leave_nothing(tmp_path: Path) -> None:
    async def story() -> list[int]:
        for name in "ab":
            (tmp_path / name).mkdir()
        async with control_plane(tmp_path / "a") as first, control_plane(tmp_path / "b") as second:
            pids = [daemon.pid for plane in (first, second) for daemon in plane.daemons if daemon.pid]
            assert len(pids) == 8
            await as_admin(first, lambda client: client.create("nodes", a_node("here")))
            assert await as_admin(second, lambda client: client.list("nodes")) == []
        return pids

    wait_until_gone(asyncio.run(story()))


def test_nothing_of_it_outlives_a_killed_parent(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", PLANES, str(tmp_path)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(pids) == 4
        parent.kill()
    wait_until_gone(pids)
