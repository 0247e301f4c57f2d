"""A provider of our own that has the schema of the real one and nothing more, and how `terraform init` finds it."""

import json
import re
import subprocess
from pathlib import Path

from sandbox.real.binaries import Binaries
from sandbox.real.building import Progress
from sandbox.real.programs import PROGRAMS, TERRAFORM_PROVIDER

ADDRESS = "registry.terraform.io/hashicorp/google"
_SCHEMA = re.compile(r"google-(\d+\.\d+\.\d+)-schema\.json\.gz")


def version() -> str:
    """Of the provider whose schema it has."""
    (found,) = filter(None, (_SCHEMA.fullmatch(each.name) for each in PROGRAMS[TERRAFORM_PROVIDER].folder.iterdir()))
    return found[1]


def mirror(folder: Path, progress: Progress) -> Path:
    """Lay it out in `folder` as a mirror of the registry; the path of the CLI configuration that knows nothing else.

    It is built where it isn't yet. Raises BuildFailed.
    """
    Binaries.ensure([TERRAFORM_PROVIDER], progress)
    package = folder / ADDRESS / version() / _platform()
    package.parent.mkdir(parents=True)
    package.symlink_to(Binaries.path(TERRAFORM_PROVIDER).parent)
    configuration = folder / "terraform.rc"
    configuration.write_text(f'provider_installation {{\n  filesystem_mirror {{\n    path = "{folder}"\n  }}\n}}\n')
    return configuration


def _platform() -> str:
    """Terraform's name for this machine, such as linux_amd64."""
    command = ("terraform", "version", "-json")
    found: str = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, cwd="/").stdout)[
        "platform"
    ]
    return found
