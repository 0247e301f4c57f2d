"""Servers that are silent, away, or speak no TLS that we accept."""

import os
import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest

from functions.adapters import kube_transport
from functions.adapters.kube_resources import NODES, PODS
from functions.adapters.kube_transport import Unreachable
from functions.adapters.tokens import Tokens
from functions.errors import Retryable
from sandbox.identities import Identities
from sandbox.kube import certificates
from sandbox.serving import Certificate
from tests.contract.adapters.product import Issued, adapters
from tests.contract.adapters.server import Server


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A server that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def test_a_silent_server_is_given_up(silent: socket.socket, certificate: Certificate) -> None:
    url = f"http://127.0.0.1:{silent.getsockname()[1]}"
    api, cluster = adapters(url=url, ca=certificate.ca, tokens=Tokens(Issued(Identities())), read_seconds=0.3)
    began = time.monotonic()

    with pytest.raises(Retryable, match="no answer in time"):
        cluster.nodes.get("a")

    assert time.monotonic() - began < kube_transport.READ_SECONDS
    api.close()


def test_a_server_that_hangs_in_the_middle_of_a_watch(server: Server) -> None:
    server.node("a")
    server.fault(verb="watch", resource="nodes", delay=60)
    began = time.monotonic()

    found = [node.name for node in server.cluster.nodes.follow("a", seconds=0.5) if node]

    assert found == ["a"]
    assert time.monotonic() - began < 30


def test_a_watch_whose_connection_was_reset_can_be_cut(silent: socket.socket, certificate: Certificate) -> None:
    url = f"http://127.0.0.1:{silent.getsockname()[1]}"
    api, _ = adapters(url=url, ca=certificate.ca, tokens=Tokens(Issued(Identities())))

    def begin() -> socket.socket:
        peer, _ = silent.accept()
        peer.recv(65536)
        peer.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        return peer

    with ThreadPoolExecutor(1) as pool:
        begun = pool.submit(begin)
        with api.stream(PODS, query={"watch": True}, seconds=10) as stream:
            peer = begun.result()
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            peer.close()  # without lingering: a reset

            stream.cut()
    api.close()


def test_a_server_that_is_not_there(certificate: Certificate) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
    api, cluster = adapters(url=url, ca=certificate.ca, tokens=Tokens(Issued(Identities())))

    with pytest.raises(Unreachable) as failure:
        cluster.nodes.get("a")
    assert str(failure.value) == f"get nodes a: no answer: no connection to {url}: Connection refused"
    api.close()


def test_a_server_whose_name_nobody_knows(certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names under .invalid are nobody's (RFC 6761). A proxy would be asked for it instead."""
    for proxy in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(proxy, raising=False)
    api, cluster = adapters(
        url="https://no-such-server.invalid", ca=certificate.ca, tokens=Tokens(Issued(Identities()))
    )

    with pytest.raises(Unreachable, match=r"no connection to https://no-such-server.invalid: \w[^(<]+$"):
        cluster.nodes.get("a")
    api.close()


def test_a_server_whose_certificate_another_ca_signed(server: Server, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = certificates.issue(tmp_path_factory.mktemp("other"))
    api, cluster = adapters(url=server.served.url, ca=other.ca, tokens=Tokens(server.credentials))

    with pytest.raises(Unreachable, match=f"no connection to {server.served.url}: its certificate is not accepted: "):
        cluster.nodes.get("a")

    assert len(server.books) == 0
    api.close()


@contextmanager
def answering(each: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server's address, which does this with each connection, one after the other."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):  # nobody listens any more
            while True:
                peer, _ = listener.accept()
                with peer:
                    each(peer)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(serve)
        try:
            yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()


def in_plain_text(peer: socket.socket) -> None:
    peer.recv(65536)
    peer.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def test_a_server_that_speaks_no_tls_is_not_said_to_have_a_bad_certificate(certificate: Certificate) -> None:
    with answering(in_plain_text) as url:
        api, cluster = adapters(url=url, ca=certificate.ca, tokens=Tokens(Issued(Identities())))
        with pytest.raises(Retryable, match=rf"get nodes a: no answer: TLS with {url} failed: .*WRONG_VERSION_NUMBER"):
            cluster.nodes.get("a")
        api.close()


def test_a_write_that_tls_breaks_off_is_sent_once_and_may_have_been_heard(certificate: Certificate) -> None:
    """Its answer is no TLS: the request was read before."""
    context, heard = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), list[bytes]()
    context.load_cert_chain(certificate.cert, certificate.key)

    def each(peer: socket.socket) -> None:
        with socket.socket(fileno=os.dup(peer.fileno())) as plain, context.wrap_socket(peer, server_side=True) as tls:
            heard.append(tls.recv(65536))
            plain.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            tls.recv(65536)  # until the client has closed it: a reset would be another failure

    with answering(each) as url:
        api, _ = adapters(url=url, ca=certificate.ca, tokens=Tokens(Issued(Identities())))
        with pytest.raises(Retryable, match=f"no answer: TLS with {url} failed: ") as failure:
            api.patch(NODES, "a", {})
        api.close()

    assert not isinstance(failure.value, Unreachable)
    assert [request.partition(b" ")[0] for request in heard] == [b"PATCH"]
