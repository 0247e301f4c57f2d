"""What the check needs of the machine, and how it is come by."""

import shutil

from sandbox.real import needs
from sandbox.real.needs import Need
from sandbox.real.programs import TERRAFORM_PROVIDER


def missing() -> tuple[Need, ...]:
    """What there is no check without."""
    if shutil.which("terraform"):
        return ()
    return (Need(what="terraform", remedy="install it as https://developer.hashicorp.com/terraform/install says"),)


def missing_for_ours() -> tuple[Need, ...]:
    """What there is no provider of ours without: where the real one can be had, it is not wanted."""
    return missing() if needs.can_have([TERRAFORM_PROVIDER]) else (*missing(), needs.GO)
