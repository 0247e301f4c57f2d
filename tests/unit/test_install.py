"""docs/install.md tells what there is: targets of make, variables of Terraform, and errors in their own words."""

import json
import re
import socket
from pathlib import Path

import pytest
import yaml

from functions.adapters.kube_answers import Answer, error
from functions.adapters.kube_api import KubeApi
from functions.adapters.kube_nodes import KubeNodes
from functions.adapters.kube_resources import NODES
from functions.adapters.kube_transport import CONNECT_SECONDS, Transport, server
from functions.errors import Retryable

ROOT = Path(__file__).parents[2]
INSTALL = (ROOT / "docs/install.md").read_text()
README = (ROOT / "README.md").read_text()
FORBIDDEN = (
    'nodes is forbidden: User "repull-refresh@acme-prod.iam.gserviceaccount.com" cannot list resource "nodes" '
    'in API group "" at the cluster scope'
)


def test_nothing_of_repulls_runs_in_the_cluster() -> None:
    """So no drain moves it, and nothing that runs on a node, as the cluster's DNS, is needed by it."""
    files = (ROOT / "infra/cluster").rglob("*.yaml")
    kinds = {found["kind"] for file in files for found in yaml.safe_load_all(file.read_text())}

    assert kinds == {
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "Kustomization",
        "Namespace",
        "Role",
        "RoleBinding",
        "ServiceAccount",
    }


@pytest.mark.parametrize("text", [INSTALL, README], ids=["install.md", "README.md"])
def test_every_target_of_make_that_is_named_exists(text: str) -> None:
    (targets,) = re.findall(r"^\.PHONY: (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE))

    assert named
    assert named <= set(targets.split())


def test_every_variable_and_setting_that_is_set_exists() -> None:
    variables = set(re.findall(r'^variable "(\w+)"', (ROOT / "infra/terraform/variables.tf").read_text(), re.MULTILINE))
    settings = json.loads((ROOT / "infra/terraform/settings.json").read_text())
    (given,) = re.findall(r"^settings = \{ (.+) \}$", INSTALL, re.MULTILINE)
    named = re.findall(r"^(\w+) += ", "".join(re.findall(r"<<'EOF'\n(.*?)EOF", INSTALL, re.DOTALL)), re.MULTILINE)

    assert {"project_id", "region", "clusters", "mode"} < set(named) <= variables
    assert [
        (name, value) for name, value in re.findall(r'(\w+) = "([^"]+)"', given) if not accepts(settings, name, value)
    ] == []


def accepts(settings: dict[str, dict[str, str]], name: str, value: str) -> bool:
    return name in settings and re.fullmatch(settings[name]["pattern"], value) is not None


def test_a_missing_right_is_told_in_the_words_of_the_log() -> None:
    refused = Answer(status=403, body=json.dumps({"kind": "Status", "message": FORBIDDEN}).encode())

    assert str(error(refused, "list", NODES, "")) in INSTALL


class Token:
    """A caller's."""

    def current(self) -> str:
        return "token"

    def after(self, refused: str) -> str:
        return refused


def test_a_cluster_out_of_reach_is_told_in_the_words_of_the_log() -> None:
    with socket.socket() as closed:  # bound and not listening: whoever connects is refused
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        api = KubeApi(Transport(server(f"http://127.0.0.1:{port}", None), Token()))
        with pytest.raises(Retryable) as silence:
            KubeNodes(api).count(pools=("apps",))
    said, why = str(silence.value).rsplit(": ", 1)  # a network that lets nothing through is silent instead
    here, there = f"http://127.0.0.1:{port}", "https://10.0.0.2"

    assert (here in said, why) == (True, "Connection refused")
    assert f"{said.replace(here, there)}: nothing within {CONNECT_SECONDS:.0f} s" in INSTALL
