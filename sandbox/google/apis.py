"""All of Google's simulated JSON APIs behind one port."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.front import Front
from sandbox.google.allowpolicies import AllowPolicies
from sandbox.google.auditlog import AuditLog
from sandbox.google.compute import Compute
from sandbox.google.container import Container
from sandbox.google.credentials import Credentials
from sandbox.google.door import Door
from sandbox.google.errors import error_response
from sandbox.google.inventory import Inventory
from sandbox.google.logging import Logging
from sandbox.google.logstore import LogStore
from sandbox.google.policies import Policies
from sandbox.google.troubleshooter import Troubleshooter
from sandbox.identities import Identities
from sandbox.registry.store import ImageStore

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class GoogleApis:
    """Serve `app`; every endpoint setting of the product points at it."""

    def __init__(
        self,
        *,
        front: Front,
        identities: Identities,
        policies: Policies,
        inventory: Inventory,
        catalog: ImageStore,
        logs: LogStore,
    ) -> None:
        audit = AuditLog(logs)
        policies.listeners.append(audit.granted)
        policies.denial_listeners.append(audit.denial_changed)
        door = Door(front=front, identities=identities, policies=policies)
        self.app = Starlette(
            routes=[
                *Compute(door=door, inventory=inventory).routes(),
                *Container(door=door, inventory=inventory).routes(),
                *Troubleshooter(door=door, policies=policies).routes(),
                *Credentials(door=door, identities=identities).routes(),
                *AllowPolicies(door=door, policies=policies, catalog=catalog).routes(),
                *Logging(door=door, logs=logs).routes(),
                Route("/{path:path}", _not_modelled, methods=_METHODS),
            ]
        )


async def _not_modelled(request: Request) -> Response:
    return error_response(501, f"{request.method} {request.url.path} is not modelled by the sandbox")
