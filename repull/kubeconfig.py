"""The way to the cluster's API server as kubectl takes it: contexts, certificates, tokens, credential plugins."""

import logging
from dataclasses import dataclass
from typing import Any

import certifi
import urllib3
import yaml
from kubernetes.client import Configuration
from kubernetes.config import ConfigException, kube_config

from functions.adapters.kube_transport import Bearers, Request, Transport, Unreachable
from functions.errors import BadInput, Refused
from functions.model.names import ClusterKey
from functions.text import cut

_BEARER = "Bearer "
_MALFORMED = (AttributeError, KeyError, TypeError, ValueError)
"""What the official client's loader ends in where a file is of another shape than a kubeconfig."""
_GCLOUD = "gke_"
_IDENTIFIER = "BearerToken"
"""Under this name the official client's loader keeps the header that says who we are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """One of the kubeconfig's, as far as it says where to go."""

    name: str
    namespace: str = "default"
    user: str = ""

    @property
    def cluster(self) -> ClusterKey | None:
        """The cluster that gcloud has named it for: gke_PROJECT_LOCATION_NAME; None where it bears another name."""
        if not self.name.startswith(_GCLOUD):
            return None
        try:
            return ClusterKey.parse("/".join(self.name.removeprefix(_GCLOUD).split("_")))
        except BadInput:
            return None


def choose(*, named: str | None, cluster: ClusterKey | None) -> Context:
    """The context that is asked for by name, or that is the cluster's, or else the current one. Raises Refused."""
    merged = _merged().value
    try:
        contexts = tuple(_context(each.value) for each in merged["contexts"])
    except _MALFORMED as error:
        raise Refused(f"{_unreadable()}: its contexts are none of kubectl's") from error
    if not named and (belonging := [each for each in contexts if cluster and each.cluster == cluster]):
        return belonging[0]
    wanted = named or merged.get("current-context") or ""
    context = next((each for each in contexts if each.name == wanted), None)
    if context is None:
        raise Refused(
            f"the kubeconfig has no context {wanted or 'that is current'}; name one with --context: "
            + (", ".join(each.name for each in contexts) or "it has none")
        )
    if cluster and context.cluster and context.cluster != cluster:
        raise Refused(
            f"context {context.name} is not cluster {cluster}'s; make one with gcloud container clusters "
            f"get-credentials {cluster.name} --location={cluster.location} --project={cluster.project}"
        )
    return context


def transport(context: Context) -> Transport:
    """Raises Refused where the kubeconfig has no way in."""
    configuration, said = Configuration(host=""), _Said()
    logging.getLogger().addHandler(said)  # the loader tells only the log why a credential plugin fails
    try:
        loader: Any = kube_config.KubeConfigLoader
        loader(_merged(), context.name, config_base_path=None).load_and_set(configuration)
    except (ConfigException, OSError, *_MALFORMED) as error:
        raise Refused(f"context {context.name} of the kubeconfig can't be used: {error}") from error
    finally:
        logging.getLogger().removeHandler(said)
    if not configuration.host:
        raise Refused(f"context {context.name} of the kubeconfig can't be used: its cluster has no server")
    if not configuration.host.startswith(("https://", "http://")):
        raise Refused(
            f"context {context.name} of the kubeconfig can't be used: its server {cut(configuration.host)} is no URL; "
            "write it with https:// in front"
        )
    configuration.ssl_ca_cert = configuration.ssl_ca_cert or certifi.where()
    tokens = _Tokens(configuration)
    if context.user and not tokens.current() and not configuration.cert_file:
        why = "; ".join(said.lines) or "it names none"
        raise Refused(f"no credential of the kubeconfig's user {context.user}: {why}")
    return _FromHere(configuration, tokens, context)


class _FromHere(Transport):
    """To a server that may not be meant for whoever sits here."""

    def __init__(self, configuration: Configuration, tokens: Bearers, context: Context) -> None:
        super().__init__(configuration, tokens)
        self._context = context

    def send(self, request: Request) -> urllib3.BaseHTTPResponse:
        try:
            return super().send(request)
        except Unreachable as error:
            raise Unreachable(
                f"{error}; context {self._context.name} of the kubeconfig names that server: a private one needs your "
                "VPN or an authorized network, and gcloud container clusters get-credentials writes its address anew"
            ) from error


class _Said(logging.Handler):
    """What was logged meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(cut(record.getMessage()))


class _Tokens:
    """The kubeconfig's; one that a plugin gave is asked for anew when it has expired."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration

    def current(self) -> str:
        return str(self._configuration.get_api_key_with_prefix(_IDENTIFIER) or "").removeprefix(_BEARER)

    def after(self, refused: str) -> str:  # noqa: ARG002 - the plugin alone knows when to make a new one
        return self.current()


def _merged() -> kube_config.ConfigNode:
    """KUBECONFIG's files, or the one in the home directory. Raises Refused."""
    where = _location()
    try:
        merger: Any = kube_config.KubeConfigMerger
        merged: kube_config.ConfigNode | None = merger(where).config
    except UnicodeDecodeError as error:
        raise Refused(f"{_unreadable()}: it is no text") from error
    except (ConfigException, OSError, yaml.YAMLError) as error:
        raise Refused(f"{_unreadable()}: {cut(str(error))}") from error
    except _MALFORMED as error:
        raise Refused(f"{_unreadable()}: it is none of kubectl's") from error
    if merged is None:
        raise Refused(f"there is no kubeconfig ({where}): make one with gcloud container clusters get-credentials")
    return merged


def _location() -> str:
    """An empty KUBECONFIG is none, as for kubectl."""
    return str(kube_config.KUBE_CONFIG_DEFAULT_LOCATION) or "~/.kube/config"


def _unreadable() -> str:
    return f"the kubeconfig ({_location()}) can't be read"


def _context(found: dict[str, Any]) -> Context:
    content = found.get("context") or {}
    return Context(
        name=str(found["name"]), namespace=content.get("namespace") or "default", user=content.get("user") or ""
    )
