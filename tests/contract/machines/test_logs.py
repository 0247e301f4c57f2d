"""What containers say, read through the API server from the kubelet, by kubectl's road and by the product's."""

import asyncio
import json
from typing import Any

import pytest

from functions.adapters.kube_pods import LOG_BYTES
from tests.contract.machines.lab import LINES, Lab, Object, until
from tests.contract.machines.states import first_status, is_ready, is_stuck, waiting

TEXT = "".join(f"{line}\n" for line in LINES)


async def log(lab: Lab, **query: str) -> tuple[int, str]:
    """What the server answers about the pod `pod`: its code, and the text."""
    async with lab.client._http.get(f"/api/v1/namespaces/{lab.namespace}/pods/pod/log", params=query) as answer:
        return answer.status, await answer.text()


async def said(lab: Lab, **query: str) -> str:
    code, text = await log(lab, **query)
    assert code == 200, text
    return text


async def refusal(lab: Lab, code: int, **query: str) -> str:
    answered, text = await log(lab, **query)
    assert answered == code, text
    status: Object = json.loads(text)
    assert (status["kind"], status["code"]) == ("Status", code)
    return str(status["message"])


async def started(lab: Lab, **given: Any) -> Object:
    machine = await lab.machine()
    await lab.pod(on=machine, **given)
    pod = await lab.pod_when("pod", is_ready)

    async def has_spoken() -> bool:
        return await said(lab) == TEXT

    await until(has_spoken)
    return pod


async def test_a_log_is_read_as_text_and_in_part(lab: Lab) -> None:
    await started(lab)
    assert await said(lab, container="app") == TEXT
    assert await said(lab, tailLines="1") == f"{LINES[1]}\n"
    assert await said(lab, tailLines="0") == ""
    assert await said(lab, limitBytes="8") == TEXT[:8]
    assert await said(lab, sinceSeconds="3600") == TEXT
    assert await said(lab, sinceTime="2999-01-01T00:00:00Z") == ""
    (stamp, _, rest) = (await said(lab, timestamps="true", tailLines="1")).partition(" ")
    assert (stamp[10], stamp[-1], rest) == ("T", "Z", f"{LINES[1]}\n")


async def test_what_was_said_before_is_left_out_and_the_beginning_of_the_rest_is_shown(lab: Lab) -> None:
    """Seconds are counted by the clock of the machine, and a limit from the first line that is in their time."""
    await started(lab)

    async def is_long_ago() -> bool:
        return await said(lab, sinceSeconds="1") == ""

    await until(is_long_ago)
    assert await said(lab, sinceSeconds="3600", limitBytes="8") == TEXT[:8]
    assert await said(lab, limitBytes=f"{LOG_BYTES}") == TEXT


async def test_a_container_that_has_not_started_has_none_yet(lab: Lab) -> None:
    machine = await lab.machine()
    machine.make_stale()
    await lab.pod(on=machine)
    pod = await lab.pod_when("pod", is_stuck)
    assert waiting(pod)
    why = await refusal(lab, 400)
    assert why in {
        'container "app" in pod "pod" is waiting to start: image can\'t be pulled',
        'container "app" in pod "pod" is waiting to start: trying and failing to pull image',
    }


async def test_a_pod_that_is_bound_to_no_node_has_no_content(lab: Lab) -> None:
    await lab.pod(nodeSelector={"nobody": "has-this"})
    assert await log(lab) == (204, "")


async def test_a_log_of_the_run_before(lab: Lab) -> None:
    machine = await lab.machine()
    await lab.pod(on=machine)
    await lab.pod_when("pod", is_ready)
    assert await refusal(lab, 400, previous="true") == 'previous terminated container "app" in pod "pod" not found'
    await lab.client.delete("pods", "pod", lab.namespace)
    await lab.gone()
    image = lab.push("leaves:v1", log_lines=("one run",), labels={"sandbox.exit": "0", "sandbox.run-seconds": "1"})
    await lab.pod(on=machine, image=image)
    await lab.pod_when("pod", lambda pod: first_status(pod)["restartCount"] >= 1)
    assert await said(lab, previous="true") == "one run\n"


async def test_a_program_that_could_not_start_said_nothing(lab: Lab) -> None:
    machine = await lab.machine()
    await lab.pod(on=machine, restartPolicy="Never", container={"command": ["/no/such/program"]})
    await lab.pod_when("pod", lambda pod: "terminated" in first_status(pod)["state"])
    assert await said(lab) == ""


@pytest.mark.parametrize(
    "query, code, words",
    [
        pytest.param({"container": "nope"}, 400, "container nope is not valid for pod pod", id="container"),
        pytest.param({"sinceSeconds": "0"}, 422, "must be greater than 0", id="since zero"),
        pytest.param({"limitBytes": "0"}, 422, "must be greater than 0", id="limit zero"),
        pytest.param(
            {"sinceSeconds": "1", "sinceTime": "2026-01-01T00:00:00Z"}, 422, "at most one of `sinceTime` or", id="both"
        ),
    ],
)
async def test_a_question_that_makes_no_sense(lab: Lab, query: dict[str, str], code: int, words: str) -> None:
    machine = await lab.machine()
    await lab.pod(on=machine)
    assert words in await refusal(lab, code, **query)


async def test_a_container_must_be_named_where_there_are_two(lab: Lab) -> None:
    machine = await lab.machine()
    names = ("app", "side")
    containers = [{"name": name, "image": lab.reference("gone:v1")} for name in names]
    await lab.pod(on=machine, containers=containers, initContainers=[{"name": "first", "image": lab.image}])
    words = "a container name must be specified for pod pod, choose one of: [first app side]"
    assert await refusal(lab, 400) == words


async def test_init_containers_do_not_make_the_one_container_ambiguous(lab: Lab) -> None:
    machine = await lab.machine()
    await lab.pod(on=machine, initContainers=[{"name": "first", "image": lab.reference("gone:v1")}])
    await lab.pod_when("pod", lambda pod: pod["status"].get("containerStatuses"))
    assert await refusal(lab, 400) == 'container "app" in pod "pod" is waiting to start: PodInitializing'


async def test_a_followed_log_ends_with_its_container(lab: Lab) -> None:
    await started(lab)
    path = f"/api/v1/namespaces/{lab.namespace}/pods/pod/log"
    async with lab.client._http.get(path, params={"follow": "true"}) as answer:
        lines = (line.decode().rstrip("\n") async for line in answer.content)
        assert (await anext(lines), await anext(lines)) == LINES
        await lab.client.delete("pods", "pod", lab.namespace)
        async with asyncio.timeout(60):
            assert [line async for line in lines] == []


async def test_a_kubelet_that_is_away_is_an_error_of_the_server(lab: Lab) -> None:
    machine = await lab.machine()
    await lab.pod(on=machine)
    await lab.pod_when("pod", is_ready)
    await machine.power_off()
    code, text = await log(lab)
    assert code == 500
    assert f"/containerLogs/{lab.namespace}/pod/app" in json.loads(text)["message"]
