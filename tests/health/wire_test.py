# SPDX-License-Identifier: MIT
"""wire_test.py GREETERD CLIENT_DIR: what a client of gRPC's health protocol sends and gets, byte for byte:
the messages are made by protobuf, from the protocol's definition as written here."""
import signal
import subprocess
import sys

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

greeterd, client_dir = sys.argv[1:]
sys.path.insert(0, client_dir)
from idl_client import Channel, RpcError

SERVICE = "grpc.health.v1.Health"


def messages():
    """HealthCheckRequest and HealthCheckResponse."""
    kinds = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(
        name="health.proto", package="grpc.health.v1", syntax="proto3")
    request = file.message_type.add(name="HealthCheckRequest")
    request.field.add(name="service", number=1, type=kinds.TYPE_STRING, label=kinds.LABEL_OPTIONAL)
    response = file.message_type.add(name="HealthCheckResponse")
    status = response.enum_type.add(name="ServingStatus")
    for number, name in enumerate(("UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN")):
        status.value.add(name=name, number=number)
    response.field.add(name="status", number=1, type=kinds.TYPE_ENUM, label=kinds.LABEL_OPTIONAL,
                       type_name=".grpc.health.v1.HealthCheckResponse.ServingStatus")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    factory = message_factory.MessageFactory(pool)
    return [factory.GetPrototype(pool.FindMessageTypeByName("grpc.health.v1." + name))
            for name in ("HealthCheckRequest", "HealthCheckResponse")]


Request, Response = messages()
server = subprocess.Popen([greeterd, "tcp://127.0.0.1:0"], stderr=subprocess.PIPE, text=True)
port = int(server.stderr.readline().strip().rsplit(":", 1)[1])
channel = Channel("127.0.0.1", port)


def check(service):
    request = Request(service=service).SerializeToString()
    return channel.call(SERVICE, "Check", request, 60).result()


def expect(got, status):
    assert got == Response(status=status).SerializeToString(), (got, status)


expect(check(""), Response.SERVING)
expect(check("Greeter"), Response.SERVING)
try:
    check("greeter")
    raise AssertionError("an unknown service was answered")
except RpcError as error:
    assert error.args[0] == 5, error.args
watch = channel.call(SERVICE, "Watch", Request(service="Greeter").SerializeToString(), 60)
unknown = channel.call(SERVICE, "Watch", Request(service="none").SerializeToString(), 60)
updates = iter(watch)
expect(next(updates), Response.SERVING)
expect(next(iter(unknown)), Response.SERVICE_UNKNOWN)
server.send_signal(signal.SIGTERM)
expect(next(updates), Response.NOT_SERVING)
try:
    next(updates)
    raise AssertionError("the stream goes on after a drain")
except RpcError as error:
    assert error.args[0] == 14, error.args
channel.socket.close()
assert server.wait(60) == 0
