"""The real parts: programs of Kubernetes, containerd and a registry, built or found on this machine, started and ended."""
