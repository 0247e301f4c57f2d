"""An event is a hint: what it claims, and the keys under which it is recognised."""

from collections.abc import Hashable
from dataclasses import dataclass

from functions.classify import classify, image_of
from functions.messages.pull_failure import PullFailure
from functions.model.names import ClusterKey, ImageRef, Repository
from functions.model.verdict import Cause

LONGEST_IMAGE = 512


@dataclass(frozen=True, kw_only=True, slots=True)
class Hint:
    """What an event claims, as far as it can be used to recognise it."""

    cluster: ClusterKey
    namespace: str
    pod: str
    uid: str
    node: str
    cause: Cause
    image: ImageRef | None

    @classmethod
    def of(cls, failure: PullFailure) -> "Hint":
        named = image_of(failure.message)
        return cls(
            cluster=failure.cluster,
            namespace=failure.namespace,
            pod=failure.pod,
            uid=failure.pod_uid,
            node=failure.node_hint,
            cause=classify(failure.message).cause,
            image=ImageRef.find(named) if len(named) <= LONGEST_IMAGE else None,
        )

    @property
    def repository(self) -> Repository | None:
        return self.image.repository if self.image else None

    @property
    def concerns_credentials(self) -> bool:
        """Whether a verdict on an account may answer it: the cause may be a credential, or the event names none."""
        return self.cause.may_be_credential or self.cause is Cause.NO_CAUSE

    @property
    def flight(self) -> Hashable:
        """Events with the same one are diagnosed one after the other, so that the second finds the first's verdict."""
        return (self.cluster, self.repository or self.image or (self.namespace, self.pod), self.concerns_credentials)

    @property
    def of_pod(self) -> Hashable:
        """The pod's own events of the same failure."""
        return (self.cluster, self.namespace, self.pod, self.uid, self.image, self.cause)

    @property
    def of_image(self) -> Hashable:
        """Every pod's events of the same failure of the same image."""
        return (self.cluster, "image", self.image, self.cause)

    @property
    def of_workload(self) -> Hashable:
        """Pods of one controller have its name before their last hyphen, and one template."""
        family = self.pod.rpartition("-")[0] or self.pod
        return (self.cluster, self.namespace, family, self.image)

    @property
    def of_repository(self) -> Hashable:
        """Some account or pool has a verdict on the repository."""
        return (self.cluster, "told", self.repository)
