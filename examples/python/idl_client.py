# SPDX-License-Identifier: MIT
"""A client of the framed wire, made from docs/wire.md: one thread, one socket, no library."""
import itertools, socket, struct, time

REQUEST, RESPONSE, DATA, CANCEL, CREDIT, PING, PONG, GOAWAY = range(1, 9)  # types
LAST, MORE, NO_DATA, WINDOW = 1, 2, 4, 262144  # flags; what a stream may send at first

class RpcError(Exception): pass  # its args: code, message

def varint(n):
    n &= (1 << 64) - 1
    return bytes([n]) if n < 128 else bytes([n & 127 | 128]) + varint(n >> 7)

def field(number, value):  # of a protobuf message: an int as varint; text and bytes
    if isinstance(value, int): return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value

def fields(data):  # all of a message: {number: [value, ...]}
    found, rest = {}, iter(data)
    number = lambda byte: byte if byte < 128 else byte & 127 | number(next(rest)) << 7
    for byte in rest:
        tag = number(byte)
        value = {1: 8, 5: 4}.get(tag & 7) or number(next(rest))
        value = bytes(itertools.islice(rest, value)) if tag & 7 else value
        found.setdefault(tag >> 3, []).append(value)
    return found

class Call:
    def __init__(self, channel, id, deadline):
        self.channel, self.id, self.deadline, self.response = channel, id, deadline, None
        self.messages, self.credit, self.due = [], WINDOW, 0
    def send(self, message):
        while self.credit <= 0 and self.response is None:
            self.channel.pump(self)
        if self.response is None:
            flags = LAST | NO_DATA if message is None else 0
            self.credit -= self.channel.write(self.id, DATA, flags, message or b"")
    def __iter__(self):
        while self.messages or self.response is None:
            if self.messages:
                self.due += 10 + len(self.messages[0])
                yield self.messages.pop(0)
            elif self.due >= WINDOW / 2:
                self.channel.write(self.id, CREDIT, 0, struct.pack(">I", self.due))
                self.due = 0
            else:
                self.channel.pump(self)
        self.result()
    def result(self):
        while self.response is None:
            self.channel.pump(self)
        status = fields(self.response.get(1, [b""])[-1])
        if status.get(1, [0])[-1] != 0:
            raise RpcError(status[1][-1], status.get(2, [b""])[-1].decode())
        return self.response.get(2, [b""])[-1]
    def cancel(self):
        if self.channel.calls.pop(self.id, None):
            self.channel.write(self.id, CANCEL, 0, b"")

class Channel:
    def __init__(self, host, port):
        self.socket, self.buffer = socket.create_connection((host, port)), b""
        self.calls, self.id = {}, -1
    def call(self, service, method, message=None, timeout=None):
        self.id += 2
        self.calls[self.id] = Call(self, self.id, timeout and time.monotonic() + timeout)
        envelope = field(1, service) + field(2, method) + field(3, message or b"")
        envelope += field(4, int(timeout * 1e9) if timeout else 0)
        self.write(self.id, REQUEST, MORE | NO_DATA if message is None else 0, envelope)
        return self.calls[self.id]
    def write(self, id, type, flags, payload):
        self.socket.settimeout(None)
        self.socket.sendall(struct.pack(">IIBB", 6 + len(payload), id, type, flags) + payload)
        return 10 + len(payload)
    def peek(self, size, deadline):
        while len(self.buffer) < size:
            self.socket.settimeout(deadline and max(deadline - time.monotonic(), 1e-6))
            data = self.socket.recv(65536)
            if not data: raise RpcError(14, "the server has closed the connection")
            self.buffer += data
        return self.buffer[:size]
    def pump(self, call):  # works on one frame, whosever; until the deadline of call
        try:
            size, id, type, flags = struct.unpack(">IIBB", self.peek(10, call.deadline))
            payload = self.peek(4 + size, call.deadline)[10:]
        except socket.timeout:
            call.cancel()
            raise RpcError(4, "the deadline has passed") from None
        self.buffer, call = self.buffer[4 + size:], self.calls.get(id)
        if type == PING:
            self.write(0, PONG, 0, payload)
        elif call and type == DATA and not flags & NO_DATA:
            call.messages.append(payload)
        elif call and type == CREDIT:
            call.credit += struct.unpack(">I", payload)[0]
        elif call and type == RESPONSE:
            call.response = fields(self.calls.pop(id) and payload)
