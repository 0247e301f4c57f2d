"""The real parts: programs of Kubernetes, containerd and a registry, built or found here, started and ended."""
