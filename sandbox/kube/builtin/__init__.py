"""The fields of the built-in kinds and their types, as Kubernetes' own OpenAPI document declares them."""

from sandbox.kube.builtin.decoder import Undecodable, decode, decode_metadata
from sandbox.kube.builtin.schemas import component, components

__all__ = ["Undecodable", "component", "components", "decode", "decode_metadata"]
