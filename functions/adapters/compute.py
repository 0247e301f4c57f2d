"""Renewing machines through google-cloud-compute. Heavy to load: imported only when a renewal is due.

A renewal is started and its operation polled by a client of our own. The library's own poller ignores the endpoint of
the client it came from, and takes an operation that is DONE with errors, but without an HTTP status, for a success.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from google.api_core.client_options import ClientOptions
from google.api_core.exceptions import ClientError, GoogleAPIError, NotFound
from google.api_core.retry import Retry
from google.auth.credentials import Credentials
from google.auth.exceptions import GoogleAuthError
from google.cloud import compute_v1
from requests.exceptions import RequestException

from functions.adapters.clock import pause
from functions.adapters.google_session import OURS, THROTTLED
from functions.adapters.tokens import not_accepted
from functions.errors import NotNow, Refused, Retryable
from functions.model.google import Instance
from functions.model.names import GroupRef, InstanceRef
from functions.ports import Guard, unguarded
from functions.text import cut

PERMISSIONS = frozenset(
    {
        "compute.instances.get",
        "compute.instances.reset",
        "compute.instanceGroupManagers.update",
        "compute.zoneOperations.get",
        "compute.zoneOperations.list",
    }
)

CALL_SECONDS = 10.0
OPERATION_SECONDS = 40.0
"""What an operation is given; then the answer did not come, and the same request is made again later."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 1.0

PASSING = frozenset({409, 429})
NOT_READY = "resourceNotReady"

_READS = Retry(initial=0.1, maximum=1.0, timeout=CALL_SECONDS)
"""Tries again what is transient, for a moment. The library's own would go on for ten minutes."""


class ComputeEngine:
    """`ports.Compute`."""

    def __init__(
        self, *, credentials: Credentials, endpoint: str, operation_seconds: float = OPERATION_SECONDS
    ) -> None:
        options = ClientOptions(api_endpoint=endpoint)
        self._instances = compute_v1.InstancesClient(credentials=credentials, client_options=options)
        self._groups = compute_v1.InstanceGroupManagersClient(credentials=credentials, client_options=options)
        self._operations = compute_v1.ZoneOperationsClient(credentials=credentials, client_options=options)
        self._operation_seconds = operation_seconds

    def was_asked(self, instance: Instance, request_id: str) -> bool:
        """An operation keeps its request's id as `clientOperationId` (Operation in the Compute API)."""
        request = compute_v1.ListZoneOperationsRequest(
            project=instance.ref.project, zone=instance.ref.zone, filter=f'clientOperationId = "{request_id}"'
        )
        what = f"look for the renewal of machine {instance.ref}"
        with _translated(what, "compute.zoneOperations.list", passing=Retryable):
            found = self._operations.list(request, retry=_READS, timeout=CALL_SECONDS)
            return any(each.client_operation_id == request_id for each in found)

    def reset(self, instance: Instance, request_id: str, guard: Guard = unguarded) -> None:
        ref = instance.ref
        what = f"reset machine {ref}"
        self._is_still(instance, what)
        guard()
        request = compute_v1.ResetInstanceRequest(
            project=ref.project, zone=ref.zone, instance=ref.name, request_id=request_id
        )
        with _translated(what, "compute.instances.reset"):
            operation = self._instances.reset_unary(request, timeout=CALL_SECONDS)
        self._await(operation, ref, what)

    def recreate(self, instance: Instance, group_url: str, request_id: str, guard: Guard = unguarded) -> None:
        request = compute_v1.RecreateInstancesInstanceGroupManagerRequest(
            **_of_group(group_url),
            instance_group_managers_recreate_instances_request_resource={"instances": [_url(instance.ref)]},
            request_id=request_id,
        )
        self._mark(instance, f"recreate machine {instance.ref}", self._groups.recreate_instances_unary, request, guard)

    def stop(self, instance: Instance, group_url: str, request_id: str, guard: Guard = unguarded) -> None:
        request = compute_v1.StopInstancesInstanceGroupManagerRequest(
            **_of_group(group_url),
            instance_group_managers_stop_instances_request_resource={"instances": [_url(instance.ref)]},
            request_id=request_id,
        )
        self._mark(instance, f"stop machine {instance.ref}", self._groups.stop_instances_unary, request, guard)

    def start(self, instance: Instance, group_url: str, request_id: str, guard: Guard = unguarded) -> None:
        request = compute_v1.StartInstancesInstanceGroupManagerRequest(
            **_of_group(group_url),
            instance_group_managers_start_instances_request_resource={"instances": [_url(instance.ref)]},
            request_id=request_id,
        )
        self._mark(instance, f"start machine {instance.ref}", self._groups.start_instances_unary, request, guard)

    def close(self) -> None:
        """Close every connection."""
        for client in (self._instances, self._groups, self._operations):
            client.transport.close()  # type: ignore[no-untyped-call]  # generated without

    def _mark(
        self,
        instance: Instance,
        what: str,
        ask: Callable[..., compute_v1.Operation],
        request: object,
        guard: Guard,
    ) -> None:
        """Ask its group; the operation is done as soon as the machine is marked for what is to be done to it."""
        self._is_still(instance, what)
        guard()
        with _translated(what, "compute.instanceGroupManagers.update"):
            operation = ask(request, timeout=CALL_SECONDS)
        self._await(operation, instance.ref, what)

    def _is_still(self, instance: Instance, what: str) -> None:
        """The name alone could be another machine's by now."""
        ref = instance.ref
        with _translated(what, "compute.instances.get"):
            found = self._instances.get(
                project=ref.project, zone=ref.zone, instance=ref.name, retry=_READS, timeout=CALL_SECONDS
            )
        if str(found.id) != instance.id:
            raise Refused(f"{what}: the machine of that name is {found.id} now, not {instance.id}; it was re-created")

    def _await(self, operation: compute_v1.Operation, ref: InstanceRef, what: str) -> None:
        end = time.monotonic() + self._operation_seconds
        wait = FIRST_PAUSE
        while operation.status != compute_v1.Operation.Status.DONE:
            if time.monotonic() + wait >= end:
                raise Retryable(f"{what}: operation {operation.name} is not done yet; ask again with the same id")
            pause(wait)
            wait = min(wait * 2, LONGEST_PAUSE)
            doing = f"{what}: operation {operation.name}"
            with _translated(doing, "compute.zoneOperations.get", passing=Retryable):  # it was made, and goes on
                operation = self._operations.get(
                    project=ref.project, zone=ref.zone, operation=operation.name, retry=_READS, timeout=CALL_SECONDS
                )
        problems = [f"{each.code}: {each.message}" for each in operation.error.errors]
        if operation.http_error_status_code and not problems:
            problems = [f"{operation.http_error_status_code}: {operation.http_error_message}"]
        if problems:
            raise Refused(f"{what}: operation {operation.name} failed: {cut('; '.join(problems))}")


def _of_group(url: str) -> dict[str, str]:
    """The parameters of a request to that group."""
    group = GroupRef.from_url(url)
    if group is None:
        raise Refused(f"{url!r} names no managed instance group")
    return {"project": group.project, "zone": group.zone, "instance_group_manager": group.name}


def _url(ref: InstanceRef) -> str:
    """The partial URL by which a group's methods take a machine."""
    return f"zones/{ref.zone}/instances/{ref.name}"


@contextmanager
def _translated(what: str, permission: str, *, passing: type[Retryable] = NotNow) -> Iterator[None]:
    """The library's errors, by what to do about them; `passing` is what becomes of a no that passes by itself."""
    try:
        yield
    except NotFound as error:
        raise Refused(f"{what}: it is gone: {cut(str(error))}") from error
    except ClientError as error:
        said = cut(str(error))
        if _passes(error):
            raise passing(f"{what}: {said}") from error
        # The remedy first: a run's one sentence has room for so much, and Google's answer is long.
        if error.code == 401:
            raise Refused(f"{what}: {not_accepted(OURS)} It said: {said}") from error
        if error.code == 403:
            raise Refused(f"{what}: repull's own service account needs {permission}: {said}") from error
        raise Refused(f"{what}: Compute Engine refuses it: {said}") from error
    except (GoogleAPIError, GoogleAuthError, RequestException) as error:
        raise Retryable(f"{what}: no answer: {cut(str(error))}") from error


def _passes(error: ClientError) -> bool:
    """Whether it passes by itself: somebody else's change is under way, or a rate is used up for the moment.

    412 does not: an organization's policy is told so, too.
    Compute says the latter with 403, too (its page on API rate limits), and with 400 that the machine is not ready.
    """
    reasons = {each.get("reason") for each in error.errors or () if isinstance(each, dict)}
    return error.code in PASSING or bool(reasons & (THROTTLED | {NOT_READY}))
