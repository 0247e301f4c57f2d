"""An image's name is read as container runtimes read it, and says which Artifact Registry repository serves it."""

import pytest

from functions.model.names import ImageRef

DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    "text, image",
    [
        ("nginx", ImageRef(host="docker.io", path="library/nginx", tag="latest")),
        ("acme/api:v1", ImageRef(host="docker.io", path="acme/api", tag="v1")),
        ("index.docker.io/nginx", ImageRef(host="docker.io", path="library/nginx", tag="latest")),
        ("localhost/api", ImageRef(host="localhost", path="api", tag="latest")),
        ("registry:5000/api:v1", ImageRef(host="registry:5000", path="api", tag="v1")),
        ("gcr.io/p/a@sha256:" + "0" * 64, ImageRef(host="gcr.io", path="p/a", digest="sha256:" + "0" * 64)),
        (
            "gcr.io/p/a:v1@sha256:" + "0" * 64,
            ImageRef(host="gcr.io", path="p/a", tag="v1", digest="sha256:" + "0" * 64),
        ),
        ("", None),
        ("gcr.io/P/a", None),
        ("gcr.io/p/a@sha256:xyz", None),
        ("https://gcr.io/p/a", None),
        ("gcr.io/p/../a", None),
    ],
)
def test_image_references_are_read_as_runtimes_read_them(text: str, image: ImageRef | None) -> None:
    assert ImageRef.find(text) == image


@pytest.mark.parametrize("suffix", ["", ":v1", f"@{DIGEST}", f":v1@{DIGEST}"], ids=["bare", "tag", "digest", "both"])
@pytest.mark.parametrize(
    "name, resource",
    [
        ("us-central1-docker.pkg.dev/acme/apps/api", "projects/acme/locations/us-central1/repositories/apps"),
        ("us-central1-docker.pkg.dev/acme/apps/team/api", "projects/acme/locations/us-central1/repositories/apps"),
        ("us-docker.pkg.dev/acme/apps/api", "projects/acme/locations/us/repositories/apps"),
        ("europe-docker.pkg.dev/acme/apps/api", "projects/acme/locations/europe/repositories/apps"),
        ("asia-docker.pkg.dev/acme/apps/api", "projects/acme/locations/asia/repositories/apps"),
        ("us-docker.pkg.dev/acme/gcr.io/api", "projects/acme/locations/us/repositories/gcr.io"),
        ("us-docker.pkg.dev/example.com/web/apps/api", "projects/example.com:web/locations/us/repositories/apps"),
        ("gcr.io/acme/api", "projects/acme/locations/us/repositories/gcr.io"),
        ("gcr.io/acme/team/api", "projects/acme/locations/us/repositories/gcr.io"),
        ("us.gcr.io/acme/api", "projects/acme/locations/us/repositories/us.gcr.io"),
        ("eu.gcr.io/acme/api", "projects/acme/locations/europe/repositories/eu.gcr.io"),
        ("asia.gcr.io/acme/api", "projects/acme/locations/asia/repositories/asia.gcr.io"),
        ("gcr.io/example.com/web/api", "projects/example.com:web/locations/us/repositories/gcr.io"),
    ],
)
def test_googles_names_say_where_the_repository_is(name: str, resource: str, suffix: str) -> None:
    repository = ImageRef.parse(f"{name}{suffix}").repository
    assert str(repository) == resource


@pytest.mark.parametrize(
    "name",
    [
        "us-docker.pkg.dev/acme",
        "us-docker.pkg.dev/example.com/web",
        "docker.pkg.dev/acme/apps/api",
        "-docker.pkg.dev/acme/apps/api",
        "evil.us-docker.pkg.dev/acme/apps/api",
        "us-docker.pkg.dev:5000/acme/apps/api",
        "us-docker.pkg.dev.evil.example/acme/apps/api",
        "us-npm.pkg.dev/acme/apps/api",
        "evil.example/us-docker.pkg.dev/acme/apps/api",
        "mirror.gcr.io/library/nginx",
        "k8s.gcr.io/pause",
        "eu-gcr.io/acme/api",
        "evil.example/gcr.io/acme/api",
        "quay.io/acme/api",
        "nginx",
    ],
)
def test_other_names_have_none(name: str) -> None:
    assert ImageRef.parse(name).repository is None


@pytest.mark.parametrize("host, legacy", [("gcr.io", True), ("eu.gcr.io", True), ("us-docker.pkg.dev", False)])
def test_names_of_container_registrys_days_are_known(host: str, *, legacy: bool) -> None:
    assert ImageRef.parse(f"{host}/acme/apps/api").is_legacy is legacy
