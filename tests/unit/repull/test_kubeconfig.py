"""Which context is meant, and what a kubeconfig without a way in says."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from functions.adapters.kube_api import KubeApi
from functions.adapters.kube_resources import NODES
from functions.errors import Refused, Retryable
from functions.model.names import ClusterKey
from repull import kubeconfig

MAIN = ClusterKey(project="acme-prod", location="us-central1", name="main")
OTHER = ClusterKey(project="acme-prod", location="us-east1", name="other")


def named(key: ClusterKey) -> str:
    return f"gke_{key.project}_{key.location}_{key.name}"


def config(*names: str, current: str = "", user: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}],
        "users": [{"name": "u", "user": user or {"token": "t"}}],
        "contexts": [{"name": name, "context": {"cluster": "c", "user": "u", "namespace": "apps"}} for name in names],
        **({"current-context": current} if current else {}),
    }


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the loader looks; it reads KUBECONFIG when it is imported."""
    path = tmp_path / "config"
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", str(path))
    return path


def test_gcloud_s_name_of_a_context_is_the_cluster(written: Path) -> None:
    written.write_text(json.dumps(config("sandbox", named(MAIN), current=named(MAIN))))
    context = kubeconfig.choose(named="", cluster=None)

    assert (context.cluster, context.namespace, context.user) == (MAIN, "apps", "u")
    assert kubeconfig.choose(named="sandbox", cluster=None).cluster is None


def test_another_name_of_three_parts_is_not_gcloud_s(written: Path) -> None:
    """So the cluster itself is asked which one it is."""
    written.write_text(json.dumps(config("acme_prod_main", current="acme_prod_main")))
    context = kubeconfig.choose(named="", cluster=MAIN)

    assert (context.name, context.cluster) == ("acme_prod_main", None)


def test_a_variable_that_is_empty_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", "")
    (tmp_path / ".kube").mkdir()
    (tmp_path / ".kube/config").write_text(json.dumps(config(named(MAIN), current=named(MAIN))))

    assert kubeconfig.choose(named="", cluster=None).cluster == MAIN


def test_a_cluster_s_own_context_goes_before_the_current_one(written: Path) -> None:
    written.write_text(json.dumps(config(named(OTHER), named(MAIN), current=named(OTHER))))

    assert kubeconfig.choose(named="", cluster=MAIN).name == named(MAIN)


def test_no_cluster_is_taken_for_another(written: Path) -> None:
    """A verdict about one cluster must not be read off another one's pods."""
    written.write_text(json.dumps(config(named(OTHER), current=named(OTHER))))

    with pytest.raises(Refused, match="get-credentials main --location=us-central1 --project=acme-prod"):
        kubeconfig.choose(named="", cluster=MAIN)
    with pytest.raises(Refused, match="is not cluster acme-prod/us-central1/main's"):
        kubeconfig.choose(named=named(OTHER), cluster=MAIN)


def test_a_server_out_of_reach_is_told_with_what_to_do(written: Path) -> None:
    written.write_text(json.dumps(config("prod", current="prod")))
    api = KubeApi(kubeconfig.transport(kubeconfig.choose(named="", cluster=None)))

    with pytest.raises(Retryable) as failure:
        api.get(NODES, "a")

    said = "get nodes a: no answer: no connection to https://127.0.0.1:1: Connection refused; context prod of the "
    assert str(failure.value).startswith(said)
    assert "gcloud container clusters get-credentials" in str(failure.value)


def test_a_context_of_any_other_name_may_be_the_cluster(written: Path) -> None:
    written.write_text(json.dumps(config("prod", current="prod")))

    assert kubeconfig.choose(named="", cluster=MAIN).name == "prod"


@pytest.mark.parametrize(
    "content, words",
    [
        pytest.param(None, "there is no kubeconfig", id="none"),
        pytest.param("{", "can't be read", id="broken"),
        pytest.param("[]", "can't be read", id="a-list"),
        pytest.param("[1, 2]", "it is none of kubectl's", id="a-list-of-something"),
        pytest.param("hello", "can't be read", id="a-word"),
        pytest.param(json.dumps(config() | {"contexts": ["a"]}), "can't be read", id="contexts-are-words"),
        pytest.param(json.dumps(config() | {"contexts": [{}]}), "can't be read", id="contexts-without-names"),
        pytest.param(
            json.dumps(config("a", "b")), "no context that is current; name one with --context: a, b", id="no-current"
        ),
        pytest.param(json.dumps(config("a", current="c")), "no context c", id="unknown-current"),
    ],
)
def test_what_is_missing_is_said(written: Path, content: str | None, words: str) -> None:
    if content is not None:
        written.write_text(content)

    with pytest.raises(Refused, match=words):
        kubeconfig.choose(named="", cluster=None)


@pytest.mark.parametrize(
    "broken, words",
    [
        pytest.param({"clusters": []}, "name c", id="no-cluster"),
        pytest.param({"clusters": [{"name": "c", "cluster": {}}]}, "its cluster has no server", id="no-server"),
        pytest.param({"clusters": [{"name": "c", "cluster": {"server": 7}}]}, "can't be used", id="no-url"),
        pytest.param(
            {"clusters": [{"name": "c", "cluster": {"server": "10.0.0.2"}}]},
            "its server 10.0.0.2 is no URL; write it with https:// in front",
            id="no-scheme",
        ),
        pytest.param({"users": [{"name": "u", "user": "me"}]}, "can't be used", id="no-user"),
    ],
)
def test_a_context_that_leads_nowhere_is_said(written: Path, broken: dict[str, Any], words: str) -> None:
    written.write_text(json.dumps(config("prod", current="prod") | broken))

    with pytest.raises(Refused, match=words):
        kubeconfig.transport(kubeconfig.choose(named="", cluster=None))


@pytest.mark.parametrize(
    "user, words",
    [
        pytest.param(
            {"exec": {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "no-such-plugin"}},
            "no-such-plugin",
            id="no-plugin",
        ),
        pytest.param(
            {
                "exec": {
                    "apiVersion": "client.authentication.k8s.io/v1beta1",
                    "command": sys.executable,
                    "args": ["-c", "import sys; sys.exit('please log in')"],
                }
            },
            "please log in",
            id="plugin-fails",
        ),
        pytest.param({"as": "somebody"}, "it names none", id="nothing"),
    ],
)
def test_a_credential_plugin_s_own_words_are_passed_on(
    written: Path, user: dict[str, Any], words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    written.write_text(json.dumps(config("prod", current="prod", user=user)))

    with pytest.raises(Refused, match=words):
        kubeconfig.transport(kubeconfig.choose(named="", cluster=None))
    assert capfd.readouterr().err == ""


def test_the_environment_names_the_files(tmp_path: Path) -> None:
    """Several, as kubectl takes them: the current context may be another file's."""
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text(json.dumps(config("a", current="b")))
    second.write_text(json.dumps(config("b")))
    code = "from repull import kubeconfig; print(kubeconfig.choose(named='', cluster=None).name)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"KUBECONFIG": f"{first}:{second}"},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "b\n"
