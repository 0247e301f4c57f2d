"""Breaks a world on purpose: what the books then say, what objects are like, and what the checker must say of it."""

from typing import Any

from sandbox import deployment
from sandbox.books import Call
from sandbox.timestamps import now
from tests.proof.evidence import Before, Evidence
from tests.proof.laboratory import Laboratory

SPEC = {"cluster": deployment.CLUSTER_KEY, "method": "Reset", "maxUnavailable": "1"}


def evidence(here: Laboratory, **more: Any) -> Evidence:
    return Evidence(world=here.world, before=Before.of(here.world), **more)


def asked(here: Laboratory, verb: str, resource: str, name: str, **body: Any) -> None:
    """The books say that the product asked for it, and got it."""
    answered(here, 200, verb, resource, name, **body)


def answered(here: Laboratory, status: int, verb: str, resource: str, name: str, /, **body: Any) -> None:
    """The books say that the product asked for it, and was answered so."""
    api = "compute" if resource in ("instances", "instanceGroupManagers") else "kubernetes"
    here.world.books.write(
        Call(
            at=now(),
            api=api,
            user=deployment.REFRESH,
            verb=verb,
            resource=resource,
            name=name,
            status=status,
            body=body,
        )
    )


def refresh(here: Laboratory, *, maximum: str = "1", **status: Any) -> None:
    made = {
        "apiVersion": "repull.dev/v1alpha1",
        "kind": "NodeRefresh",
        "metadata": {"name": "one"},
        "spec": SPEC | {"maxUnavailable": maximum},
    }
    admin = here.world.admin
    here.background.run(admin.create("noderefreshes", made))
    here.background.run(admin.patch("noderefreshes/status", "one", {"status": status}))


def patched(here: Laboratory, node: str, **parts: Any) -> None:
    here.background.run(here.world.admin.patch("nodes", node, parts))


def only(found: tuple[str, ...], number: int, *words: str) -> None:
    """Exactly this invariant is broken, and it says where."""
    assert len(found) == 1, found
    assert found[0].startswith(f"invariant {number}: ")
    assert all(word in found[0] for word in words), found


def condition(kind: str) -> dict[str, Any]:
    return {
        "type": kind,
        "status": "True",
        "reason": kind,
        "message": "",
        "lastTransitionTime": "2026-01-01T00:00:00Z",
    }
