"""Turns methods that take and answer google.pubsub.v1 messages into a gRPC service."""

from collections.abc import Awaitable, Callable
from typing import Any, NoReturn

import grpc
from google.protobuf.empty_pb2 import Empty

Method = Callable[[Any], Awaitable[Any]]


class Refusal(Exception):
    """Raised by a method; becomes the call's status."""

    def __init__(self, code: grpc.StatusCode, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def invalid(message: str) -> NoReturn:
    raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, message)


def not_found(name: str) -> NoReturn:
    kind = name.split("/")[2].removesuffix("s").capitalize() if name.count("/") == 3 else "Resource"
    raise Refusal(grpc.StatusCode.NOT_FOUND, f"{kind} not found (resource={name.rpartition('/')[2]}).")


def service(name: str, methods: dict[str, tuple[Method, Any]]) -> grpc.GenericRpcHandler:
    """`methods` maps a method's name to its work and its request type. Any other method is UNIMPLEMENTED."""
    return grpc.method_handlers_generic_handler(
        name, {method: _handler(work, request) for method, (work, request) in methods.items()}
    )


def _handler(work: Method, request_type: Any) -> grpc.RpcMethodHandler:
    async def call(request: Any, context: grpc.aio.ServicerContext) -> bytes:
        try:
            answer = await work(request)
        except Refusal as refusal:
            await context.abort(refusal.code, refusal.message)
            raise  # not reached: abort has raised
        return bytes(type(answer).serialize(answer)) if answer is not None else bytes(Empty().SerializeToString())

    return grpc.unary_unary_rpc_method_handler(call, request_deserializer=request_type.deserialize)
