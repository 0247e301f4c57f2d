"""What runs in containers of real machines: the worker in every image, the pause program in every pod's sandbox."""

import io
import json
import platform
import tarfile
from pathlib import Path

from sandbox.real.binaries import Binaries
from sandbox.registry.oci import Built, build

_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}  # Linux's word, and the images'


def worker() -> bytes:
    """The program that does what an image's labels say; see `ImageStore`."""
    return Binaries.path("worker").read_bytes()


def pause(archive: Path, *, name: str) -> None:
    """Write the image of a pod's sandbox, for this machine's architecture, as `ctr images import` reads it."""
    architecture = _ARCHITECTURES.get(platform.machine(), platform.machine())
    program = Binaries.path("pause").read_bytes()
    image = build(platforms=(f"linux/{architecture}",), labels={}, attested=False, program=program)
    archive.write_bytes(_layout(image, name))


def _layout(image: Built, name: str) -> bytes:
    """A tar of an OCI image layout; containerd reads the name from the annotation."""
    top = image.top.descriptor(annotations={"io.containerd.image.name": name})
    files = {
        "oci-layout": json.dumps({"imageLayoutVersion": "1.0.0"}).encode(),
        "index.json": json.dumps({"schemaVersion": 2, "manifests": [top]}).encode(),
        **{f"blobs/{each.digest.replace(':', '/')}": each.content for each in (*image.blobs, *image.manifests)},
    }
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path, content in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return packed.getvalue()
