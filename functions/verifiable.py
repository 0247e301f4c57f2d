"""Whether the nodes of a refresh can be verified: a renewal mends a node's own identity, which few are shown.

A failure that opens a refresh was diagnosed before; a start by hand, and a NodeRefresh that somebody has made, is a
person's word. Pure.
"""

from functions import diagnose
from functions.model.names import ImageRef
from functions.model.verdict import CheckStatus

NO_IMAGE = "no image to probe with; give image"
"""Only an object that somebody has made by hand names none."""


def lacking(image: ImageRef | None) -> str:
    """Why no node can be verified by this image, forced or not; "" where each can."""
    if image is None:
        return NO_IMAGE
    registry = diagnose.registry(str(image), image).check
    if registry.status is CheckStatus.PASS:
        return ""
    return f"no renewal can be verified by {image}: {registry.evidence}; give an image of Artifact Registry or gcr.io"
