"""A real control plane on loopback: etcd, kube-apiserver, kube-controller-manager and kube-scheduler."""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox import deployment
from sandbox.kube import kubeconfig
from sandbox.real import flags, kubectl, pki
from sandbox.real.binaries import Binaries
from sandbox.real.daemon import Daemon, Ready
from sandbox.real.flags import PRODUCTION, Timing
from sandbox.real.readiness import answers_ok
from sandbox.reservation import Reservation

_ADMIN, _CONTROLLERS, _SCHEDULER = "admin", "system:kube-controller-manager", "system:kube-scheduler"


@dataclass(frozen=True, kw_only=True, slots=True)
class ControlPlane:
    """A running one. `audit` has one audit.k8s.io/v1 Event in a line for every request that was answered."""

    url: str
    ca: Path
    admin_token: str  # of a member of system:masters
    kubeconfig: Path  # the admin's
    audit: Path
    etcd: str
    daemons: tuple[Daemon, ...]


@asynccontextmanager
async def control_plane(
    directory: Path, *, authenticate: str = "", timing: Timing = PRODUCTION
) -> AsyncIterator[ControlPlane]:
    """One that answers, has its roles, and makes service accounts; at the end nothing of it runs.

    `authenticate` is the URL of a webhook that says who is behind a token (see `Authenticator`). The API server
    remembers a token that was good for ten seconds more, and nothing can forbid it that: so long a token that was
    revoked may still work.
    """
    async with AsyncExitStack() as stack:
        starting = _Starting(stack, directory, authenticate, timing)
        yield await starting.plane()


class _Starting:
    """What can start side by side does: the seconds until the first test count."""

    def __init__(self, stack: AsyncExitStack, directory: Path, authenticate: str, timing: Timing) -> None:
        self._stack = stack
        self._directory = directory
        self._authenticate = authenticate
        self._timing = timing
        self._pki = pki.issue(directory / "pki")
        self._tokens = {user: secrets.token_urlsafe(24) for user in (_ADMIN, _CONTROLLERS, _SCHEDULER)}
        self._daemons: list[Daemon] = []

    async def plane(self) -> ControlPlane:
        etcd, peers, api, scheduler = (self._port() for _ in range(4))
        etcd_url, url = f"http://127.0.0.1:{etcd}", f"https://127.0.0.1:{api}"
        audit = self._directory / "audit.jsonl"
        kubeconfigs = {user: self._kubeconfig(user, url) for user in self._tokens}
        async with asyncio.TaskGroup() as group:
            group.create_task(
                self._run(
                    "etcd",
                    flags.etcd(self._directory / "etcd", etcd_url, f"http://127.0.0.1:{peers}"),
                    answers_ok(f"{etcd_url}/health"),
                )
            )
            group.create_task(
                self._run(
                    "kube-apiserver",
                    flags.apiserver(
                        directory=self._directory,
                        pki=self._pki,
                        port=api,
                        etcd=etcd_url,
                        tokens=self._token_file(),
                        authenticate=self._authenticate,
                        audit=audit,
                        timing=self._timing,
                    ),
                    self._answers(f"{url}/readyz"),
                )
            )
        async with asyncio.TaskGroup() as group:
            group.create_task(
                self._run(
                    "kube-controller-manager",
                    flags.controller_manager(kubeconfigs[_CONTROLLERS], self._pki, self._timing),
                    self._answers(f"{url}/api/v1/namespaces/default/serviceaccounts/default"),
                )
            )
            group.create_task(
                self._run(
                    "kube-scheduler",
                    flags.scheduler(kubeconfigs[_SCHEDULER], self._pki, scheduler),
                    answers_ok(f"https://127.0.0.1:{scheduler}/readyz", ca=self._pki.ca),
                )
            )
        await kubectl.install_components(kubeconfigs[_ADMIN])
        return ControlPlane(
            url=url,
            ca=self._pki.ca,
            admin_token=self._tokens[_ADMIN],
            kubeconfig=kubeconfigs[_ADMIN],
            audit=audit,
            etcd=etcd_url,
            daemons=tuple(self._daemons),
        )

    async def _run(self, name: str, arguments: list[str], ready: Ready) -> None:
        environ = {**os.environ, "GOGC": str(self._timing.garbage_percent)}
        daemon = Daemon(name, [Binaries.path(name), *arguments], directory=self._directory, environ=environ)
        self._daemons.append(daemon)
        self._stack.push_async_callback(daemon.stop)
        await daemon.start(ready)

    def _answers(self, url: str) -> Ready:
        return answers_ok(url, ca=self._pki.ca, token=self._tokens[_ADMIN])

    def _port(self) -> int:
        reservation = Reservation()
        self._stack.callback(reservation.release)
        return reservation.port

    def _kubeconfig(self, user: str, url: str) -> Path:
        path = self._directory / f"{user.removeprefix('system:')}.kubeconfig"
        token = self._tokens[user]
        return kubeconfig.write(path, url=url, ca=self._pki.ca, token=token, user=user, context=deployment.CONTEXT)

    def _token_file(self) -> Path:
        """Token, user, uid and groups of those whom no webhook has to vouch for."""
        path = self._directory / "tokens.csv"
        path.touch(mode=0o600)
        groups = {_ADMIN: ',"system:masters"'}
        path.write_text(
            "".join(f"{token},{user},{user}{groups.get(user, '')}\n" for user, token in self._tokens.items())
        )
        return path


async def install(plane: ControlPlane, project: str) -> None:
    """infra/cluster, with the roles of the functions' accounts in `project`, as whoever deploys them applies it."""
    await kubectl.install_product(plane.kubeconfig, project)
