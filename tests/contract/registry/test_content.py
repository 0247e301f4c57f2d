"""What an image consists of, as a runtime fetches it."""

import gzip
import hashlib
import io
import tarfile

import pytest

from tests.contract.registry.conftest import HOST, MANIFEST, NODES, READER, WORKER, Lab, error

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def test_a_node_pulls_as_containerd_does(readable: Lab) -> None:
    pushed = readable.catalog.push(WORKER, log_lines=["Starting OCR worker", "listening for messages..."])
    asking = {"Authorization": f"Bearer {readable.token(readable.basic())}"}
    head = readable.http.head(MANIFEST, params={"ns": HOST}, headers=asking)
    assert (head.status_code, head.headers["docker-content-digest"], head.content) == (200, pushed, b"")
    manifest = readable.http.get(f"/v2/acme/apps/worker/manifests/{pushed}", params={"ns": HOST}, headers=asking)
    assert manifest.headers["content-type"] == head.headers["content-type"] == OCI_MANIFEST
    assert int(head.headers["content-length"]) == len(manifest.content)
    assert digest_of(manifest.content) == pushed
    for described in (manifest.json()["config"], *manifest.json()["layers"]):
        url = f"/v2/acme/apps/worker/blobs/{described['digest']}"
        blob = readable.http.get(url, params={"ns": HOST}, headers=asking)
        assert blob.headers["content-type"] == "application/octet-stream"
        assert blob.headers["docker-content-digest"] == digest_of(blob.content) == described["digest"]
        assert int(readable.http.head(url, headers=asking).headers["content-length"]) == described["size"]


def test_an_image_says_what_it_does_to_real_and_to_simulated_machines(readable: Lab) -> None:
    readable.catalog.push(WORKER, log_lines=["Starting", "listening"], labels={"sandbox.run-seconds": "5"})
    manifest = readable.fetch("manifests", "v1").json()
    config = readable.fetch("blobs", manifest["config"]["digest"]).json()
    assert (config["os"], config["architecture"]) == ("linux", "amd64")
    process = config["config"]
    assert process["Labels"] == {"sandbox.log": "Starting\nlistening", "sandbox.run-seconds": "5"}
    assert sorted(process["Env"]) == ["SANDBOX_LOG=Starting\nlistening", "SANDBOX_RUN_SECONDS=5"]
    layer = gzip.decompress(readable.fetch("blobs", manifest["layers"][0]["digest"]).content)
    assert config["rootfs"]["diff_ids"] == [digest_of(layer)]
    with tarfile.open(fileobj=io.BytesIO(layer)) as files:
        [program] = files.getmembers()
    assert process["Entrypoint"] == [f"/{program.name}"]
    assert program.mode == 0o755


def test_an_index_lists_platforms_and_attestations(readable: Lab) -> None:
    pushed = readable.catalog.push(WORKER, platforms=("linux/amd64", "linux/arm64/v8"), attested=True)
    index = readable.fetch("manifests", "v1")
    assert index.headers["content-type"] == OCI_INDEX
    assert readable.fetch("manifests", pushed).content == index.content
    assert [entry["platform"] for entry in index.json()["manifests"]] == [
        {"os": "linux", "architecture": "amd64"},
        {"os": "linux", "architecture": "arm64", "variant": "v8"},
        {"os": "unknown", "architecture": "unknown"},
    ]
    for entry in index.json()["manifests"]:
        manifest = readable.fetch("manifests", entry["digest"])
        assert (len(manifest.content), manifest.headers["content-type"]) == (entry["size"], OCI_MANIFEST)


@pytest.mark.parametrize("accepted, status", [(f"text/plain, {OCI_MANIFEST}", 200), (OCI_INDEX, 404), ("*/*", 404)])
def test_who_does_not_accept_its_kind_gets_no_manifest(readable: Lab, accepted: str, status: int) -> None:
    readable.catalog.push(WORKER)
    asked = readable.http.get(MANIFEST, headers={**readable.basic(), "Accept": accepted})
    assert asked.status_code == status
    if status == 404:
        assert error(asked)[:2] == (404, "MANIFEST_UNKNOWN")


def test_a_tag_can_move_and_what_it_left_is_still_there(readable: Lab) -> None:
    first = readable.catalog.push(WORKER)
    second = readable.catalog.push(WORKER, labels={"sandbox.exit": "1"})
    assert first != second
    assert readable.fetch("manifests", "v1").headers["docker-content-digest"] == second
    assert readable.fetch("manifests", first).status_code == 200


def test_the_same_content_has_the_same_digest(readable: Lab) -> None:
    assert readable.catalog.push(WORKER) == readable.catalog.push(f"{HOST}/acme/apps/worker:v2")


def test_a_removed_image_is_gone_by_tag_and_digest(readable: Lab) -> None:
    pushed = readable.catalog.push(WORKER)
    readable.catalog.remove(WORKER)
    for reference in ("v1", pushed):
        assert readable.fetch("manifests", reference).status_code == 404
    with pytest.raises(KeyError):
        readable.catalog.remove(WORKER)
    readable.catalog.push(WORKER)
    assert readable.fetch("manifests", "v1").status_code == 200


def test_an_image_of_one_host_is_not_on_another(readable: Lab) -> None:
    readable.policies.grant(f"serviceAccount:{NODES}", READER, "projects/acme")
    readable.catalog.push(WORKER)
    readable.catalog.push("europe-docker.pkg.dev/acme/apps/other:v1")
    asked = readable.http.get(MANIFEST, params={"ns": "europe-docker.pkg.dev"}, headers=readable.basic())
    assert error(asked)[:2] == (404, "MANIFEST_UNKNOWN")


def test_a_blob_of_one_image_is_not_anothers(readable: Lab) -> None:
    readable.catalog.push(WORKER, labels={"sandbox.exit": "1"})
    readable.catalog.push(f"{HOST}/acme/apps/other:v1")
    config = readable.fetch("manifests", "v1").json()["config"]["digest"]
    assert readable.fetch("blobs", config).status_code == 200
    asked = readable.http.get(f"/v2/acme/apps/other/blobs/{config}", headers=readable.basic())
    assert error(asked)[:2] == (404, "BLOB_UNKNOWN")


@pytest.mark.parametrize("reference", ["quay.io/acme/api:v1", f"{HOST}/acme/apps/worker", f"{HOST}/acme/apps:v1"])
def test_only_a_tagged_image_of_artifact_registry_can_be_pushed(lab: Lab, reference: str) -> None:
    with pytest.raises(ValueError, match="no tagged image"):
        lab.catalog.push(reference)
