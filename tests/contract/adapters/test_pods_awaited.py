"""Pods: followed, and changes of a node's pods awaited."""

import time
from threading import Timer

from tests.contract.adapters.server import Server

LONG = 60  # seconds: whoever waits for so long has missed what it waits for


def test_following_a_pod_until_it_is_gone(server: Server) -> None:
    server.pod("ocr")
    follower = server.cluster.pods.follow("default", "ocr", seconds=200)

    first = next(follower)
    assert first is not None
    server.pod("other")
    server.delete("pods", "ocr", "default")

    assert next(follower) is not None  # marked first, even without grace
    assert next(follower) is None
    follower.close()  # type: ignore[attr-defined]  # a generator, and its watch is still open


def test_a_change_between_the_list_and_the_wait_is_not_missed(server: Server) -> None:
    server.pod("ocr", node="a")
    server.cluster.pods.on_node("a")
    server.delete("pods", "ocr", "default")
    began = time.monotonic()

    server.cluster.pods.await_change("a", seconds=LONG)

    assert time.monotonic() - began < LONG


def test_waiting_for_a_change_of_the_nodes_pods_and_no_others(server: Server) -> None:
    server.pod("ocr", node="a")
    server.pod("elsewhere", node="b")
    server.cluster.pods.on_node("a")
    server.delete("pods", "elsewhere", "default")
    began = time.monotonic()
    timer = Timer(0.5, lambda: server.delete("pods", "ocr", "default"))
    timer.start()

    server.cluster.pods.await_change("a", seconds=LONG)

    assert 0.5 <= time.monotonic() - began < LONG
    timer.join()


def test_waiting_ends_after_its_time(server: Server) -> None:
    began = time.monotonic()

    server.cluster.pods.await_change("a", seconds=0.3)

    assert 0.25 < time.monotonic() - began < LONG


def test_waiting_from_a_version_that_is_forgotten_ends_at_once(server: Server) -> None:
    server.cluster.pods.on_node("a")
    server.pod("ocr", node="a")
    server.fault(verb="watch", resource="pods", status=410)
    began = time.monotonic()

    server.cluster.pods.await_change("a", seconds=LONG)

    assert time.monotonic() - began < LONG
