"""The controller of StatefulSets: one pod after the other, each under its name."""

from tests.contract.machines.lab import Lab
from tests.contract.machines.simulated.workloads import names, workload
from tests.contract.machines.states import is_ready, waiting


async def test_a_statefulset_starts_its_pods_in_order_and_gives_a_name_again(lab: Lab) -> None:
    await lab.machine()
    await lab.create("statefulsets", workload(replicas=3, serviceName="ocr"))
    pods = await lab.running_pods(3)
    assert names(pods) == {"ocr-0", "ocr-1", "ocr-2"}
    started = {pod["metadata"]["name"]: pod["metadata"]["creationTimestamp"] for pod in pods}
    assert started["ocr-0"] <= started["ocr-1"] <= started["ocr-2"]
    old = next(pod["metadata"]["uid"] for pod in pods if pod["metadata"]["name"] == "ocr-1")
    await lab.client.delete("pods", "ocr-1", lab.namespace)
    await lab.pod_when("ocr-1", lambda pod: pod["metadata"]["uid"] != old and is_ready(pod))


async def test_a_statefulset_waits_for_the_pod_before(lab: Lab) -> None:
    (await lab.machine()).make_stale()
    await lab.create("statefulsets", workload(replicas=2, serviceName="ocr"))
    await lab.pod_when("ocr-0", lambda pod: waiting(pod).get("reason") == "ImagePullBackOff")
    assert names(await lab.pods()) == {"ocr-0"}


async def test_a_statefulset_shrinks_from_the_top(lab: Lab) -> None:
    await lab.machine()
    await lab.create("statefulsets", workload(replicas=3, serviceName="ocr", podManagementPolicy="Parallel"))
    await lab.running_pods(3)
    await lab.client.patch("statefulsets", "ocr", {"spec": {"replicas": 1}}, lab.namespace)
    assert names(await lab.running_pods(1)) == {"ocr-0"}
