"""Terraform in a copy of a configuration, with the real provider where it can be had, else with ours."""

import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.check import needs, substitute
from sandbox.real import cache
from sandbox.real.building import Progress

_LOCK = ".terraform.lock.hcl"
_LEFT_OUT = shutil.ignore_patterns(".terraform", "*.tfstate*", "*.tfvars*", "backend.tf", "__pycache__", "check")
"""What people have beside the configuration; none of it may decide whether that is right."""
_INIT_SECONDS = 240.0
"""The real provider is a download of more than a hundred megabytes, once."""
_QUIET = {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
_IMPATIENT = {"TF_REGISTRY_DISCOVERY_RETRY": "0", "TF_REGISTRY_CLIENT_TIMEOUT": "10"}


class NotInitialised(RuntimeError):
    """The message is Terraform's own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Copy:
    """A configuration that was initialised; `provider` says in words with which provider."""

    folder: Path
    environment: Mapping[str, str]
    provider: str

    def command(self, *arguments: str) -> tuple[str, ...]:
        return ("terraform", f"-chdir={self.folder}", *arguments)


@contextmanager
def copied(tree: Path, name: str, progress: Progress, *, registry: bool = True) -> Iterator[Copy]:
    """Copy `tree`, and initialise the configuration in its folder `name`.

    Without `registry` the real provider is not looked for. Raises NotInitialised, or BuildFailed where ours is needed
    and can't be built.
    """
    with tempfile.TemporaryDirectory(prefix="repull-infra-") as temporary:
        copy = Path(temporary) / tree.name
        shutil.copytree(tree, copy, ignore=_LEFT_OUT)
        yield _initialised(copy / name, Path(temporary) / "mirror", progress, registry=registry)


def _initialised(folder: Path, mirror: Path, progress: Progress, *, registry: bool) -> Copy:
    said = "nobody asked for the real one"
    if registry:
        environment = {**os.environ, **_QUIET, **_IMPATIENT, **_kept_downloads()}
        said = _init(folder, environment)
        if not said:
            return Copy(
                folder=folder, environment=environment, provider=f"{_selected(folder, environment)}, the real one"
            )
    if lacking := needs.missing_for_ours():
        raise NotInitialised(f"{said}\nWhere that is so, {lacking[0]}")
    environment = {**os.environ, **_QUIET, "TF_CLI_CONFIG_FILE": str(substitute.mirror(mirror, progress))}
    (folder / _LOCK).unlink(missing_ok=True)  # it asks for the real one, by its checksum
    if failed := _init(folder, environment):
        raise NotInitialised(failed)
    words = f"one that has the schema of {_selected(folder, environment)} and nothing more ({_gist(said)})"
    return Copy(folder=folder, environment=environment, provider=words)


def _init(folder: Path, environment: Mapping[str, str]) -> str:
    """What Terraform said, where it failed."""
    command = ("terraform", f"-chdir={folder}", "init", "-backend=false", "-no-color")
    try:
        done = subprocess.run(
            command, env=environment, check=False, capture_output=True, text=True, timeout=_INIT_SECONDS
        )
    except subprocess.TimeoutExpired:
        return f"terraform init took longer than {_INIT_SECONDS:.0f} s"
    return (done.stderr or done.stdout).strip() if done.returncode else ""


def _gist(said: str) -> str:
    """Why there is no provider, in its own words but without its frame."""
    words = " ".join(" ".join(line.strip("│╷╵ ") for line in said.splitlines()).split())
    found = re.search(r"could not [^:]+", words) or re.search(r"Error: .+", words)
    return found[0] if found else words


def _selected(folder: Path, environment: Mapping[str, str]) -> str:
    """As "hashicorp/google 7.45.0"."""
    command = ("terraform", f"-chdir={folder}", "version", "-json")
    said = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    return f"{substitute.ADDRESS.partition('/')[2]} {json.loads(said)['provider_selections'][substitute.ADDRESS]}"


def _kept_downloads() -> dict[str, str]:
    """Where the real provider is kept, so that it comes once; whoever has such a folder keeps it."""
    if "TF_PLUGIN_CACHE_DIR" in os.environ:
        return {}
    kept = cache.root().with_name("terraform")
    kept.mkdir(parents=True, exist_ok=True)
    # Without a lock file Terraform would fetch it all the same, for its checksums.
    return {"TF_PLUGIN_CACHE_DIR": str(kept), "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE": "1"}
