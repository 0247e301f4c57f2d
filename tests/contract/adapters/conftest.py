"""The product's adapters before an API server of each ring, with the product's manifests installed in it.

So is the optional one of ScaleWorkloads. Everything that a test makes or looks at goes through the API. What the
product asks passes a gate, where it is written down and can be made to fail.
"""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from functions.adapters.tokens import Tokens
from sandbox import manifests
from sandbox.books import Books
from sandbox.endpoint import Endpoint
from sandbox.faults import Faults
from sandbox.front import Front
from sandbox.kube import certificates
from sandbox.real.gate import Gate
from sandbox.serving import Certificate, serve
from tests.contract.adapters.clearing import clear
from tests.contract.adapters.product import Issued, adapters, email, take_time
from tests.contract.adapters.server import Listener, Ring, Server
from tests.contract.kube.ringone import controlled, sandbox
from tests.rings import rings


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """The gate's."""
    return certificates.issue(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="session", params=rings(1, 2))
def ring(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ring]:
    with ExitStack() as stack:
        if request.param == 1:
            opened = stack.enter_context(sandbox(tmp_path_factory.mktemp("ring-one")))
            stack.enter_context(controlled(opened))
            background, identities = opened.background, opened.identities
            endpoint, token = Endpoint(url=opened.server.url, ca=opened.server.ca), opened.server.token

            async def apply() -> None:
                manifests.apply(opened.api.store)
                for plural, manifest in manifests.documents(manifests.SCALING):
                    opened.api.store.create(plural, manifest)

            background.run(apply())
        else:
            two = request.getfixturevalue("bare_ring_two")
            background, identities = two.background, two.identities
            endpoint, token = Endpoint(url=two.plane.url, ca=two.plane.ca), two.plane.admin_token
        admin = endpoint.connect(token)
        stack.callback(lambda: background.run(admin.close()))
        found = Ring(background=background, endpoint=endpoint, admin=admin, identities=identities)
        background.run(clear(admin))
        yield found


@pytest.fixture
def server(ring: Ring, certificate: Certificate) -> Iterator[Server]:
    books, faults, run = Books(), Faults(), ring.background.run
    before = Gate.before(ring.endpoint, identities=ring.identities, front=Front(books=books, faults=faults))
    with ExitStack() as stack:
        gate = run(before.__aenter__())
        stack.callback(lambda: run(before.__aexit__(None, None, None)))
        listener = Listener(gate.app)
        served = run(serve(listener, certificate=certificate))
        stack.callback(lambda: run(served.stop()))
        credentials = Issued(ring.identities)
        api, cluster = adapters(url=served.url, ca=certificate.ca, tokens=Tokens(credentials))
        stack.callback(api.close)
        tokens = Tokens(Issued(ring.identities, email("repull-diagnose")))
        diagnosing, diagnosed = adapters(url=served.url, ca=certificate.ca, tokens=tokens)
        stack.callback(diagnosing.close)
        found = Server(
            ring=ring,
            served=served,
            certificate=certificate,
            credentials=credentials,
            books=books,
            faults=faults,
            api=api,
            cluster=cluster,
            diagnosed=diagnosed,
            listener=listener,
        )
        stack.callback(lambda: run(clear(ring.admin)))
        yield found


@pytest.fixture(autouse=True)
def _has_time(monkeypatch: pytest.MonkeyPatch) -> None:
    take_time(monkeypatch)
