"""How far each verdict reaches: whose next events it answers."""

from enum import StrEnum

from functions.model.verdict import VerdictKind


class Reach(StrEnum):
    """Whose next event a verdict answers, besides the same pod's."""

    NOBODY = "nobody"  # not even the same pod's: it may fail again at once
    POD = "pod"
    IMAGE = "image"  # every pod of the cluster that fails for the same cause on the same image
    POOL = "pool"  # every pod on a node of the same pool, from the same repository
    CAUSE = "cause"  # every pod on a node with the same account, from the same repository


REACH: dict[VerdictKind, Reach] = {
    VerdictKind.STALE_CREDENTIALS: Reach.CAUSE,
    VerdictKind.PROPAGATING: Reach.CAUSE,
    VerdictKind.GRANT_MISSING: Reach.CAUSE,
    VerdictKind.DENIED_BY_POLICY: Reach.CAUSE,
    VerdictKind.SCOPES_MISSING: Reach.POOL,
    VerdictKind.IMAGE_MISSING: Reach.IMAGE,
    VerdictKind.PLATFORM_MISMATCH: Reach.POD,
    VerdictKind.PULL_SECRET_IN_USE: Reach.POD,
    VerdictKind.WORKLOAD_IDENTITY_PULL: Reach.POD,
    VerdictKind.OTHER_REGISTRY: Reach.IMAGE,
    VerdictKind.NOT_A_CREDENTIAL: Reach.IMAGE,
    VerdictKind.UNSUPPORTED: Reach.POD,
    VerdictKind.NOT_TRIED: Reach.NOBODY,
    VerdictKind.RECOVERED: Reach.NOBODY,
    VerdictKind.GONE: Reach.NOBODY,
    VerdictKind.UNKNOWN: Reach.CAUSE,
}
