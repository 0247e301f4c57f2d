"""ServiceAccount: every namespace has one named `default`."""

from sandbox.controllers.controller import Controller
from sandbox.objects.kinds import Object, is_terminating, name_of, namespace_of


class ServiceAccountController(Controller):
    """Comes back when somebody deletes it."""

    component = "service-account-controller"

    def subscribe(self) -> None:
        self.follow("namespaces")
        self.cluster.informer("serviceaccounts").subscribe(self._account_changed)

    def _account_changed(self, before: Object | None, after: Object | None) -> None:
        if after is None and before is not None and name_of(before) == "default":
            self.queue.add(namespace_of(before))

    async def reconcile(self, key: str) -> float | None:
        namespace = self.cluster.informer("namespaces").get(key)
        if (
            namespace
            and not is_terminating(namespace)
            and self.cluster.informer("serviceaccounts").get(f"{key}/default") is None
        ):
            account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": key}}
            await self.cluster.create("serviceaccounts", account)
        return None
