"""Which nodes a start by hand names."""

import argparse
from typing import Any

import pytest

from functions.errors import BadInput
from functions.messages.steps import MOST_NODES
from repull import starting

OPTIONS = argparse.Namespace(nodes=[], pool=["apps"], selector="")


class Nodes:
    """A cluster that has so many in the pool."""

    def __init__(self, number: int) -> None:
        self.number = number

    def select(self, _: object, read: Any, *, labelSelector: str) -> list[str]:  # noqa: N803 - the API's own word
        assert labelSelector == "cloud.google.com/gke-nodepool in (apps)"
        return [read({"metadata": {"name": f"n-{index:04}"}}) for index in reversed(range(self.number))]


def test_as_many_as_one_message_may_name() -> None:
    cluster: Any = Nodes(MOST_NODES)
    assert starting.named(cluster, OPTIONS) == [f"n-{index:04}" for index in range(MOST_NODES)]


def test_a_pool_that_has_more_is_parted_by_a_label() -> None:
    cluster: Any = Nodes(MOST_NODES + 1)
    with pytest.raises(BadInput, match=r"at most 1000 nodes carry \(1001 do\); --selector parts them.*zone="):
        starting.named(cluster, OPTIONS)
