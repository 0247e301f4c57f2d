"""The real kubectl, and what it applies to a real cluster."""

import asyncio
import os
import shutil
from pathlib import Path

from sandbox import deployment
from sandbox.real.binaries import Binaries
from sandbox.scratch import scratch

_PRODUCT = Path(__file__).resolve().parents[2] / "infra" / "cluster"
_COMPONENTS = Path(__file__).with_name("components.yaml")
_PROJECT, _CLUSTER = "PROJECT_ID", "PROJECT_ID/LOCATION/CLUSTER"
_SECONDS = 120  # for whatever is asked of it here, on a busy machine
_LOOK_AGAIN = 0.1


class KubectlFailed(RuntimeError):
    """It did not end with 0; the message has what it said."""


async def run(kubeconfig: Path, *arguments: str) -> str:
    """What it prints. Raises KubectlFailed."""
    process = await asyncio.create_subprocess_exec(
        str(Binaries.path("kubectl")),
        f"--kubeconfig={kubeconfig}",
        *arguments,
        env={**os.environ, "KUBERC": "off"},  # the user's own preferences are not ours
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(_SECONDS):
            out, err = await process.communicate()
    except BaseException:
        if process.returncode is None:
            process.kill()
            await process.wait()
        raise
    if process.returncode:
        raise KubectlFailed(f"kubectl {' '.join(arguments)}: {err.decode().strip()}")
    return out.decode()


async def install_components(kubeconfig: Path) -> None:
    """The roles of those components of GKE that the sandbox plays."""
    await run(kubeconfig, "apply", f"--filename={_COMPONENTS}")


async def install_product(kubeconfig: Path, project: str) -> None:
    """infra/cluster as its own first line says to apply it; returns when NodeRefreshes are served, and explained.

    The cluster is the sandbox's, in `project`.
    """
    cluster = f"{project}/{deployment.LOCATION}/{deployment.CLUSTER}"
    with scratch("manifests") as directory:
        folder = shutil.copytree(_PRODUCT, directory / "cluster")
        for manifest in folder.glob("*.yaml"):
            text = manifest.read_text().replace(_CLUSTER, cluster)
            manifest.write_text(text.replace(_PROJECT, project))
        await run(kubeconfig, "apply", "--kustomize", str(folder))
    await run(kubeconfig, "wait", "--for=condition=Established", "crd/noderefreshes.repull.dev")
    async with asyncio.timeout(_SECONDS):
        while not await _succeeds(kubeconfig, "explain", "noderefreshes.spec"):  # noqa: ASYNC110 # nobody tells
            await asyncio.sleep(_LOOK_AGAIN)  # the schema is published some time after the resource


async def _succeeds(kubeconfig: Path, *arguments: str) -> bool:
    try:
        await run(kubeconfig, *arguments)
    except KubectlFailed:
        return False
    return True
