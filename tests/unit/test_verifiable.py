"""By which images no node can be verified: a refresh that has one takes no node, forced or not."""

from dataclasses import replace

import pytest

from functions.hold import Hold
from functions.model.names import ImageRef
from functions.model.refresh import Phase
from functions.phases import choose
from functions.phases.result import NothingLeft
from functions.settings import Consent
from functions.verifiable import lacking
from tests.unit.make import IMAGE, REMEDY
from tests.unit.renewing import Machine

LACKING = [
    pytest.param(None, "no image to probe with", id="none"),
    pytest.param("ghcr.io/acme/private:v1", "ghcr.io is not Artifact Registry", id="another-registry"),
    pytest.param("nginx", "docker.io is not Artifact Registry", id="docker-hub"),
    pytest.param("us-docker.pkg.dev:443/acme/apps/api", "us-docker.pkg.dev:443 names a port", id="a-port"),
    pytest.param("us-docker.pkg.dev/acme", "names no repository", id="no-repository"),
]


def asking(image: str | None, *, force: Consent) -> Hold:
    """A run that has begun, of a refresh with this image."""
    hold = Machine().hold(Phase.CHOOSE, node="")
    spec = replace(hold.refresh.spec, image=ImageRef.parse(image) if image else None)
    hold.refresh = replace(hold.refresh, spec=spec)
    hold.settings = replace(hold.settings, force=force)
    return hold


@pytest.mark.parametrize("image, said", LACKING)
@pytest.mark.parametrize("force", [Consent.FORBID, Consent.ALLOW])
def test_a_run_by_such_an_image_ends_before_it_looks_for_a_node(image: str | None, said: str, force: Consent) -> None:
    hold = asking(image, force=force)

    assert isinstance(choose.step(hold), NothingLeft)

    assert said in hold.status.stopping
    assert REMEDY.search(hold.status.stopping)


@pytest.mark.parametrize("image", [str(IMAGE), "gcr.io/acme/api:v1", "eu.gcr.io/acme/api"])
def test_googles_own_registries_are_shown_a_nodes_identity(image: str) -> None:
    assert lacking(ImageRef.parse(image)) == ""
