"""What a pulled image says about the process that it starts."""

from dataclasses import dataclass, field
from typing import Any, Self

LABEL_LOG = "sandbox.log"
LABEL_EXIT = "sandbox.exit"
LABEL_RUN_SECONDS = "sandbox.run-seconds"
LABEL_STOP_SECONDS = "sandbox.stop-seconds"

_SYSTEM_FOLDERS = ("/bin/", "/sbin/", "/usr/", "/lib/")


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """An image on a machine's disk, with its simulated behaviour read from its config's labels."""

    image_id: str  # REPOSITORY@DIGEST, as the kubelet reports it
    size: int
    entrypoint: tuple[str, ...] = ()
    log_lines: tuple[str, ...] = ()
    exit_code: int | None = None  # None: runs until it is stopped
    run_seconds: float = 1.0  # simulated; how long it runs where it ends by itself
    stop_seconds: float = 1.0  # simulated; how long it takes to leave after SIGTERM
    labels: dict[str, str] = field(default_factory=dict)

    @classmethod
    def from_config(cls, *, image_id: str, size: int, config: dict[str, Any]) -> Self:
        """Read an OCI image config."""
        process = config.get("config") or {}
        labels = process.get("Labels") or {}
        return cls(
            image_id=image_id,
            size=size,
            entrypoint=(*(process.get("Entrypoint") or ()), *(process.get("Cmd") or ())),
            log_lines=tuple(labels.get(LABEL_LOG, "").splitlines()),
            exit_code=int(labels[LABEL_EXIT]) if LABEL_EXIT in labels else None,
            run_seconds=float(labels.get(LABEL_RUN_SECONDS, 1)),
            stop_seconds=float(labels.get(LABEL_STOP_SECONDS, 1)),
            labels=dict(labels),
        )

    @property
    def digest(self) -> str:
        return self.image_id.rpartition("@")[2]

    def has_command(self, command: str) -> bool:
        """Is there such a program in it? A bare name is taken to be in PATH; a path must be the system's or its own."""
        return "/" not in command or command.startswith(_SYSTEM_FOLDERS) or command in self.entrypoint
