"""The fields of the built-in kinds and their types, as Kubernetes' own OpenAPI document declares them."""

from sandbox.kube.builtin.decoder import Undecodable, decode, decode_metadata

__all__ = ["Undecodable", "decode", "decode_metadata"]
