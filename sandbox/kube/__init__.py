"""A Kubernetes API server small enough to read: real objects, versions, watches, evictions and tables over HTTPS."""

from sandbox.kube.api import KubeApi
from sandbox.kube.client import ApiError, KubeClient
from sandbox.kube.store import Store

__all__ = ["ApiError", "KubeApi", "KubeClient", "Store"]
