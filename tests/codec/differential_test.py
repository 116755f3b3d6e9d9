#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Holds the codec against Google's protobuf: differential_test.py PEER IDLC ALL_TYPES_IDL [COUNT]

Random messages with every type go to the C peer, which decodes and encodes them; what comes back
must be the same bytes, as both write fields in order. Then the bytes are damaged: both libraries
must take them or both refuse them, and agree on what they mean.

They may differ in this: the C codec refuses what an 8- or 16-bit integer can't hold, a type that
protobuf does not have, and tags with bits above the 32nd, which newer protobufs refuse as well; and
it takes lengths that are written in 6 to 10 bytes, as Go's and Java's protobufs do, but not C++'s.
check() is a third reading of the rules, that of the C codec alone, which it must follow exactly.
"""
import os
import random
import struct
import subprocess
import sys
import tempfile
import warnings

SKIP = 77
try:
    from google.protobuf.message import DecodeError
except ImportError:
    print("skipped: there is no python3-protobuf here")
    sys.exit(SKIP)

NARROW = {"int8": (-(1 << 7), (1 << 7) - 1), "int16": (-(1 << 15), (1 << 15) - 1),
          "uint8": (0, (1 << 8) - 1), "uint16": (0, (1 << 16) - 1)}


class Bad(Exception):
    """Bytes that the C codec must refuse; other: but protobuf may take them."""

    def __init__(self, why, other=False):
        super().__init__(why)
        self.other = other


def load(idlc, idl):
    """The message class that Google's protobuf makes of the exported .proto."""
    with tempfile.TemporaryDirectory() as out:
        subprocess.run([idlc, "--emit", "proto", "--out", out, idl], check=True)
        subprocess.run(["protoc", "-I", out, "--python_out", out, "all_types.proto"], check=True)
        sys.path.insert(0, out)
        import all_types_pb2
    return all_types_pb2.All


class Peer:
    def __init__(self, path):
        self.process = subprocess.Popen([path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def recode(self, data):
        """The bytes decoded and encoded again; None when they were refused as invalid."""
        self.process.stdin.write(struct.pack(">I", len(data)) + data)
        self.process.stdin.flush()
        (length,) = struct.unpack(">I", self.process.stdout.read(4))
        answer = self.process.stdout.read(length)
        if answer[:1] == b"k":
            return answer[1:]
        if answer != b"e\x03":
            sys.exit("code %r, not INVALID_ARGUMENT, for %s" % (answer, data.hex()))
        return None

    def close(self):
        self.process.stdin.close()
        assert self.process.wait() == 0


# -- The rules of the C codec, read by someone else. --

def varint(data, at, end, limit=10):
    value = 0
    for i in range(limit):
        if at + i >= end:
            raise Bad("cut in a varint")
        value |= (data[at + i] & 0x7F) << (7 * i)
        if data[at + i] < 0x80:
            return value & ((1 << 64) - 1), at + i + 1
    raise Bad("long varint")


def tag_at(data, at, end):
    value, at = varint(data, at, end, 5)
    if value >= 1 << 32:
        raise Bad("tag of more than 32 bits", other=True)
    if value >> 3 == 0:
        raise Bad("field number 0")
    return value >> 3, value & 7, at


def chunk(data, at, end):
    begin = at
    length, at = varint(data, at, end)
    chunk.long = chunk.long or at - begin > 5
    if length > end - at:
        raise Bad("cut in a chunk")
    return at, at + length


def skip(data, at, end, number, wire, depth):
    if wire == 0:
        return varint(data, at, end)[1]
    if wire in (1, 5):
        size = 8 if wire == 1 else 4
        if end - at < size:
            raise Bad("cut in a fixed value")
        return at + size
    if wire == 2:
        return chunk(data, at, end)[1]
    if wire != 3:
        raise Bad("wire type %d" % wire)
    if depth == 100:
        raise Bad("too deep")
    while True:
        if at == end:
            raise Bad("cut in a group")
        inner, wire, at = tag_at(data, at, end)
        if wire == 4:
            if inner != number:
                raise Bad("end of another group")
            return at
        at = skip(data, at, end, inner, wire, depth + 1)


def check_scalar(field, data, at, end):
    """One value of a scalar that is not text; its end."""
    if field.type in (field.TYPE_FIXED64, field.TYPE_SFIXED64, field.TYPE_DOUBLE):
        return skip(data, at, end, 0, 1, 0)
    if field.type in (field.TYPE_FIXED32, field.TYPE_SFIXED32, field.TYPE_FLOAT):
        return skip(data, at, end, 0, 5, 0)
    value, at = varint(data, at, end)
    name = field.full_name
    if name.endswith("MUint8Entry.key"):
        name = "_uint8"
    elif ".MUint8Entry" in name:
        name = ""
    low, high = NARROW.get(name.rsplit("_", 1)[-1], (None, None))
    if low is not None and not low <= value - (value >> 63 << 64) <= high:
        raise Bad("out of range", other=True)
    return at


def wire_of(field):
    if field.type in (field.TYPE_STRING, field.TYPE_BYTES, field.TYPE_MESSAGE):
        return 2
    if field.type in (field.TYPE_FIXED64, field.TYPE_SFIXED64, field.TYPE_DOUBLE):
        return 1
    if field.type in (field.TYPE_FIXED32, field.TYPE_SFIXED32, field.TYPE_FLOAT):
        return 5
    return 0


def check(descriptor, data, at, end, depth=0):
    """Raises Bad unless the bytes are a message."""
    while at < end:
        number, wire, at = tag_at(data, at, end)
        field = descriptor.fields_by_number.get(number)
        if field is None or wire not in (wire_of(field), 2 if field.label == 3 else -1):
            at = skip(data, at, end, number, wire, depth)
        elif wire != 2:
            at = check_scalar(field, data, at, end)
        else:
            begin, at = chunk(data, at, end)
            if field.type == field.TYPE_MESSAGE:
                if depth == 100:
                    raise Bad("too deep")
                check(field.message_type, data, begin, at, depth + 1)
            elif field.type == field.TYPE_STRING:
                try:
                    data[begin:at].decode("utf-8")
                except UnicodeDecodeError:
                    raise Bad("not UTF-8") from None
            elif field.type != field.TYPE_BYTES:
                while begin < at:
                    begin = check_scalar(field, data, begin, at)


# -- Random messages. --

TEXT = ["", "a", "word", "0123456789" * 5, "\u00e4", "\u20ac", "\U0001f600", "\ud7ff", "\U0010ffff",
        "\0", "x" * 130]


def number(rng, low, high):
    value = rng.getrandbits(rng.randrange(1, 65)) * rng.choice((1, 1, -1))
    return min(max(value, low), high)


def scalar(rng, field, name):
    t = field.type
    if t == field.TYPE_BOOL:
        return rng.random() < 0.5
    if t in (field.TYPE_FLOAT, field.TYPE_DOUBLE):
        if t == field.TYPE_FLOAT:
            return struct.unpack("<f", struct.pack("<I", rng.getrandbits(32)))[0]
        return rng.choice((0.0, -0.0, 1.5, struct.unpack("<d", rng.randbytes(8))[0]))
    if t == field.TYPE_STRING:
        return "".join(rng.choice(TEXT) for _ in range(rng.randrange(3)))
    if t == field.TYPE_BYTES:
        return rng.randbytes(rng.randrange(20))
    if name in NARROW:
        return number(rng, *NARROW[name])
    if t == field.TYPE_ENUM or t in (field.TYPE_INT32, field.TYPE_SINT32, field.TYPE_SFIXED32):
        return number(rng, -(1 << 31), (1 << 31) - 1)
    if t in (field.TYPE_UINT32, field.TYPE_FIXED32):
        return abs(number(rng, 0, (1 << 32) - 1))
    if t in (field.TYPE_UINT64, field.TYPE_FIXED64):
        return abs(number(rng, 0, (1 << 64) - 1))
    return number(rng, -(1 << 63), (1 << 63) - 1)


def fill(rng, message, fields, depth):
    """Sets some of the fields."""
    all_fields = list(message.DESCRIPTOR.fields)
    for field in rng.sample(all_fields, min(fields, len(all_fields))):
        name = field.name.split("_", 1)[-1]
        value = getattr(message, field.name)
        count = rng.choice((1, 2, 3, 3, 40)) if field.label == field.LABEL_REPEATED else 1
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            key, item = field.message_type.fields
            for _ in range(min(count, 5)):
                k = scalar(rng, key, "uint8" if name == "uint8" else "")
                if item.message_type is None:
                    value[k] = scalar(rng, item, "")
                elif depth > 0:
                    fill(rng, value[k], fields // 3, depth - 1)
        elif field.message_type is not None:
            for _ in range(min(count, 4) if depth > 0 else 0):
                child = value.add() if field.label == field.LABEL_REPEATED else value
                child.SetInParent()
                fill(rng, child, fields // 3, depth - 1)
        elif field.label == field.LABEL_REPEATED:
            value.extend(scalar(rng, field, name) for _ in range(count))
        else:
            setattr(message, field.name, scalar(rng, field, name))


def damaged(rng, data):
    data = bytearray(data)
    for _ in range(rng.randrange(1, 4)):
        if not data:
            break
        at = rng.randrange(len(data))
        piece = rng.randrange(1, 12)
        kind = rng.randrange(8)
        if kind == 0:
            data[at] = rng.getrandbits(8)
        elif kind == 1:
            data[at] ^= 1 << rng.randrange(8)
        elif kind == 2:
            del data[at:]
        elif kind == 3:
            del data[at:at + piece]
        elif kind == 4:
            data[at:at] = data[at:at + piece]
        elif kind == 5:
            data[at:at] = rng.randbytes(piece)
        elif kind == 6:  # whole fields more: unknown, groups, another wire type
            data += rng.choice((b"\x0b\x08\x01\x0c", b"\xa3\x7d\x0b\x0c\xa4\x7d", b"\x0a\x01\x80",
                                b"\xa0\x7d\x96\x01", b"\x9a\x05\x00", b"\xaa\x01\x02\x08\x01",
                                b"\x90\x02\x05", b"\x0b\x14", b"\x0c", b"\x88\x80\x00\x01"))
        else:
            data[at:at + 1] = bytes(((data[at] | 0x80), 0x80, 0x00))
    return bytes(data)


def parse(All, data):
    """protobuf's reading; None when it refuses."""
    message = All()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            message.ParseFromString(data)
        except DecodeError:
            return None
    return None if warned else message  # a stray end of a group is but a warning there


def discard_unknown(message):
    """As message.DiscardUnknownFields(), which forgets the values of maps."""
    message.DiscardUnknownFields()
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        if field.message_type.GetOptions().map_entry:
            if field.message_type.fields_by_name["value"].message_type is not None:
                for item in value.values():
                    discard_unknown(item)
        else:
            for item in value if field.label == field.LABEL_REPEATED else [value]:
                discard_unknown(item)


def canonical(message):
    return message.SerializeToString(deterministic=True)


def settled(All, data):
    """What the bytes mean: known fields alone, and once more, as the first reading of a map that
    has a key twice keeps both."""
    message = parse(All, canonical(parse(All, data)))
    discard_unknown(message)
    return canonical(parse(All, canonical(message)))


def quiet_library():
    """protobuf writes a line about each string that is not UTF-8; ours still reaches stderr."""
    sys.stderr = os.fdopen(os.dup(2), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def reason(descriptor, data):
    """Why the C codec must refuse the bytes; None when it must take them. chunk.long tells whether
    there were lengths of more than 5 bytes."""
    chunk.long = False
    try:
        check(descriptor, data, 0, len(data))
    except Bad as bad:
        return bad
    return None


def same(All, data, out):
    """Holds what the peer made of the bytes against the rules and against protobuf. out is None
    when it refused them; returns whether it did not."""
    why = reason(All.DESCRIPTOR, data)
    if (out is None) != (why is not None):
        sys.exit("the rules say %s, C does not: %s" % (why or "good", data.hex()))
    if (parse(All, data) is None) != (out is None):
        if not (chunk.long if why is None else why.other):
            sys.exit("protobuf and C differ (%s): %s" % (why, data.hex()))
        return False
    if out is not None and settled(All, out) != settled(All, data):
        sys.exit("%s has become %s" % (data.hex(), out.hex()))
    return out is not None


def nested(levels, innermost):
    """A message in a message, so many levels below the outermost."""
    for _ in range(levels):
        length = len(innermost)
        size = bytes([length]) if length < 128 else bytes([length & 0x7F | 0x80, length >> 7])
        innermost = b"\xaa\x01" + size + innermost
    return innermost


EDGES = [nested(100, b""), nested(101, b""), nested(99, b"\x0b\x0c"), nested(100, b"\x0b\x0c"),
         b"\x0b" * 100 + b"\x0c" * 100, b"\x0b" * 101 + b"\x0c" * 101, nested(20, b"\x0c"),
         b"\xca\x04\x02\x12\x00", b"\xca\x04\x08\x12\x02\x08\x01\x12\x02\x10\x05", b"\x0a\x00",
         b"\x28\xb9\xe0\x80\x80\x80\x80\x80\x80\x80\x00", b"\x28" + b"\x80" * 10 + b"\x00",
         b"\x88\x80\x80\x80\x00\x01", b"\x88\x80\x80\x80\x80\x00\x01", b"\x9a\x01\xff\xff\xff\xff\x07",
         b"\x92\x01\x83\x80\x80\x80\x00abc", b"\x92\x01\x83\x80\x80\x80\x80\x80\x80\x80\x80\x00abc"]


def main():
    All = load(sys.argv[2], sys.argv[3])
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 1500
    peer = Peer(sys.argv[1])
    quiet_library()
    rng = random.Random(1)
    taken = 0
    for data in EDGES:
        same(All, data, peer.recode(data))
    for _ in range(count):
        message = All()
        fill(rng, message, rng.choice((1, 2, 5, 10, 60)), 3)
        data = canonical(message)
        out = peer.recode(data)
        if out != data:
            sys.exit("%s came back as %s" % (data.hex(), out and out.hex()))
        for _ in range(4):
            bad = damaged(rng, data)
            taken += same(All, bad, peer.recode(bad))
    peer.close()
    print("%d messages; of %d damaged ones %d were taken" % (count, 4 * count, taken))
    assert taken > count // 3  # else the damage says nothing about what is taken


main()
