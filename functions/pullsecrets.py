"""Would the kubelet show a pull secret's credential to an image's registry? Pure.

The kubelet's own rules, from its pkg/credentialprovider (keyring.go, secrets/secrets.go, Kubernetes 1.34): a key of a
docker config names a host, with `*` for whole or parts of its labels, perhaps a port, perhaps the beginning of a path.
What matches is tried first, and the node's own credential after it. A secret of another type is passed over, and one
that can't be read fails every pull of the pod.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from functions.model.cluster import Pod, PullSecret, ServiceAccount
from functions.model.names import ImageRef

_CONFIGS = {
    "kubernetes.io/dockerconfigjson": ".dockerconfigjson",
    "kubernetes.io/dockercfg": ".dockercfg",
}
_HOST = re.compile(r"[\w.*-]*(?::\d+)?")
_DOCKER_HUB = "docker.io"
_DOCKER_HUB_KEY = "index.docker.io"


class Use(StrEnum):
    """What the kubelet makes of a pull secret."""

    SHOWN = "shown"  # to this image's registry, before the node's own credential
    ELSEWHERE = "elsewhere"  # it holds credentials for other registries
    MISSING = "missing"
    PASSED_OVER = "passed-over"  # it is no docker config
    BROKEN = "broken"  # the pull fails because of it
    UNREAD = "unread"  # it may not be read, so that it is taken for shown

    @property
    def settles(self) -> bool:
        """Whether the node's own credential is not what the pull stands or falls with."""
        return self not in (Use.ELSEWHERE, Use.PASSED_OVER)


WORST_FIRST = (Use.BROKEN, Use.SHOWN, Use.UNREAD, Use.MISSING)


@dataclass(frozen=True, kw_only=True, slots=True)
class SecretUse:
    name: str  # of the secret
    use: Use
    evidence: str
    others: tuple[str, ...] = ()  # what else a shown one has credentials for


def named(pod: Pod, account: ServiceAccount | None) -> tuple[str, tuple[str, ...]]:
    """Who names pull secrets, and which.

    The admission copies those of the service account into a pod that names none; a pod that was there before shows
    none, but the one that takes its place will.
    """
    if pod.pull_secrets:
        return "the pod", pod.pull_secrets
    if account and account.pull_secrets:
        return f"service account {account.name}", account.pull_secrets
    return "", ()


def decisive(uses: Iterable[SecretUse]) -> SecretUse | None:
    """The one that the pull stands or falls with; None where the node's own credential is what is shown.

    A broken one fails every pull, whatever the others hold; a missing one is passed over.
    """
    settling = [each for each in uses if each.use.settles]
    return min(settling, key=lambda each: WORST_FIRST.index(each.use), default=None)


def use_of(name: str, secret: PullSecret | None, image: ImageRef) -> SecretUse:
    """What the kubelet makes of the secret of this name when it pulls the image."""
    if secret is None:
        return SecretUse(name=name, use=Use.MISSING, evidence=f"secret {name} does not exist")
    field = _CONFIGS.get(secret.type)
    encoded = secret.data.get(field, "") if field else ""
    if not encoded:
        held = f"is of type {secret.type or '(none)'}" if field is None else f"has no {field}"
        return SecretUse(name=name, use=Use.PASSED_OVER, evidence=f"secret {name} {held}: the kubelet passes it over")
    try:
        keys = _registries(base64.b64decode(encoded, validate=True), wrapped=field == ".dockerconfigjson")
    except ValueError as error:
        return SecretUse(name=name, use=Use.BROKEN, evidence=f"secret {name} can't be read: {error}")
    matching = [key for key in keys if matches(key, image)]
    if matching:
        said = f"secret {name} has a credential for {', '.join(sorted(matching))}"
        return SecretUse(name=name, use=Use.SHOWN, evidence=said, others=tuple(sorted(keys.difference(matching))))
    return SecretUse(
        name=name,
        use=Use.ELSEWHERE,
        evidence=f"secret {name} has credentials for {', '.join(sorted(keys)) or 'nothing'} alone",
    )


def matches(key: str, image: ImageRef) -> bool:
    """Whether a docker config's key stands for the image's registry."""
    named = _split(key)
    if named is None:
        return False
    host, path = named
    if host == _DOCKER_HUB_KEY and not path.strip("/") and image.host == _DOCKER_HUB:
        return True
    labels, port = _labels(host)
    wanted, wanted_port = _labels(image.host)
    return (
        port == wanted_port
        and len(labels) == len(wanted)
        and f"/{image.path}".startswith(path)
        and all(_fits(pattern, label) for pattern, label in zip(labels, wanted, strict=True))
    )


def _split(key: str) -> tuple[str, str] | None:
    """Host and path of a key; None where it is no address, which the kubelet passes over."""
    try:
        parsed = urlsplit(key if key.startswith(("https://", "http://")) else f"https://{key}")
    except ValueError:
        return None
    if not _HOST.fullmatch(parsed.netloc):
        return None
    path = parsed.path[3:] if parsed.path.startswith(("/v1/", "/v2/")) else parsed.path
    return parsed.netloc, "" if path == "/" else path


def _labels(host: str) -> tuple[list[str], str]:
    name, _, port = host.partition(":")
    return name.split("."), port


def _fits(pattern: str, label: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), label) is not None


def _registries(content: bytes, *, wrapped: bool) -> frozenset[str]:
    """The keys of a docker config; raises ValueError, which says what is wrong."""
    try:
        config: Any = json.loads(content)
    except (ValueError, RecursionError):
        raise ValueError("it holds no JSON") from None
    entries = config.get("auths") if wrapped and isinstance(config, dict) else config
    if entries is None:
        return frozenset()
    if not isinstance(entries, dict):
        raise ValueError("its credentials are no JSON object")  # noqa: TRY004 - it is the value that is bad
    for key, entry in entries.items():
        _check_entry(key, entry)
    return frozenset(entries)


def _check_entry(key: str, entry: Any) -> None:
    if not isinstance(entry, dict):
        raise ValueError(f"the entry {key} is no JSON object")  # noqa: TRY004 - it is the value that is bad
    auth = entry.get("auth") or ""
    try:
        if auth and ":" not in _decoded(str(auth)):
            raise ValueError(f"auth of the entry {key} is not base64 of user:password")
    except binascii.Error:
        raise ValueError(f"auth of the entry {key} is not base64") from None


def _decoded(auth: str) -> str:
    """Padded or not, as the kubelet takes both."""
    return base64.b64decode(auth + "=" * (-len(auth) % 4), validate=True).decode(errors="replace")
