"""What each wording of a pull failure means: rows, of which the first that matches decides. Pure data.

The order is the knowledge. Words that come with several causes stand below those that come with one: a timeout while
fetching a token says "failed to authorize" too, a platform fault ends in "not found", and a rate limit speaks of
authenticating. A row's example is what a kubelet, runtime or registry really prints; a test runs each through its row.
"""

from functions.causes import answers, kubelet, machine, refusals, transport
from functions.causes.reasons import REASONS
from functions.model.verdict import Cause

__all__ = ["REACH", "REASONS", "ROWS"]

ROWS = (
    *kubelet.ROWS,
    *machine.ROWS,
    *transport.ROWS,
    *answers.ROWS,
    *transport.REST,
    *refusals.ROWS,
    *answers.REST,
    *machine.REST,
)

REACH: tuple[Cause, ...] = (
    Cause.NO_CAUSE,
    Cause.NOT_A_PULL_FAILURE,
    Cause.CREDENTIAL_PROVIDER,
    Cause.INVALID_NAME,
    Cause.PULL_POLICY,
    Cause.CANCELLED,
    Cause.NETWORK,
    Cause.TLS_TRUST,
    Cause.REGISTRY_ERROR,
    Cause.RATE_LIMITED,
    Cause.AUTH_MISSING,
    Cause.AMBIGUOUS,
    Cause.AUTH_DENIED,
    Cause.UNKNOWN,  # not understood, and so no credential's fault, whatever the others say
    Cause.POLICY,
    Cause.NOT_FOUND,
    Cause.PLATFORM,
    Cause.IMAGE_CORRUPT,
    Cause.DISK,
)
"""How far an attempt got. Of several, one for each credential, the one that got furthest tells the cause."""
