#!/usr/bin/python3
"""Writes the seed inputs of the fuzz targets into corpus/, as this project made them up.

Run it again after a change of a target's input format; what fuzzing found is kept beside the seeds,
under names that do not begin with "seed-".
"""
import pathlib
import struct

HERE = pathlib.Path(__file__).resolve().parent


def write(target: str, name: str, data: bytes) -> None:
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"seed-{name}").write_bytes(data)


# The server's side of PostgreSQL's protocol.


def message(kind: str, body: bytes = b"") -> bytes:
    return kind.encode() + struct.pack("!i", len(body) + 4) + body


def value(data: bytes | None) -> bytes:
    return b"\xff\xff\xff\xff" if data is None else struct.pack("!i", len(data)) + data


def row(*cells: bytes | None) -> bytes:
    return message("D", struct.pack("!H", len(cells)) + b"".join(map(value, cells)))


def numeric(digits: list[int], weight: int, sign: int = 0, scale: int = 0) -> bytes:
    head = struct.pack("!HhHH", len(digits), weight, sign, scale)
    return head + b"".join(struct.pack("!H", d) for d in digits)


def array(item_type: int, *items: bytes | None) -> bytes:
    if not items:
        return struct.pack("!iiI", 0, 0, item_type)
    nulls = any(i is None for i in items)
    return struct.pack("!iiIii", 1, nulls, item_type, len(items), 1) + b"".join(map(value, items))


def composite(*fields: tuple[int, bytes | None]) -> bytes:
    out = struct.pack("!i", len(fields))
    return out + b"".join(struct.pack("!I", kind) + value(data) for kind, data in fields)


BOUND = message("2")
END = message("C", b"SELECT 2\0") + message("Z", b"I")
REFUSAL = message("E", b"SERROR\0C22012\0Mdivision by zero\0\0") + message("Z", b"I")

# In the order of `types` in postgresql_reader.cpp.
TYPES = [
    16, 17, 18, 19, 20, 21, 23, 25, 26, 28, 114, 142, 600, 650, 700, 701, 774, 790, 829, 869, 1000,
    1001, 1005, 1007, 1009, 1016, 1021, 1022, 1041, 1042, 1082, 1083, 1114, 1115, 1182, 1184, 1186,
    1187, 1231, 1266, 1270, 1560, 1562, 1700, 2950, 3802, 20000, 20001, 20002, 20003, 20004, 20005,
    20006,
]  # fmt: skip


def reader(types: list[tuple[int, int]], said: bytes, flags: int = 0, rows: int = 0) -> bytes:
    head = bytes([flags, rows, 0, 7, len(types)])
    return head + bytes(b for kind, mod in types for b in (TYPES.index(kind), mod)) + said


def described(*columns: tuple[str, int, int]) -> bytes:
    body = struct.pack("!h", len(columns))
    for name, kind, modifier in columns:
        body += name.encode() + b"\0" + struct.pack("!IhIhih", 0, 0, kind, -1, modifier, 0)
    return message("1") + message("t", b"\0\0") + message("T", body) + message("Z", b"I")


def postgresql_reader() -> None:
    def seed(name: str, types: list[tuple[int, int]], *rows: list[bytes | None], **how: int) -> None:
        said = BOUND + b"".join(row(*r) for r in rows) + END
        write("postgresql_reader", name, reader(types, said, **how))

    i2, i4, i8 = struct.Struct("!h").pack, struct.Struct("!i").pack, struct.Struct("!q").pack
    seed("numbers", [(21, 0), (23, 0), (20, 0), (16, 0)],
         [i2(-1), i4(7), i8(1 << 40), b"\1"], [None] * 4, rows=1)  # fmt: skip
    seed("floats", [(700, 0), (701, 0), (26, 0)],
         [struct.pack("!f", 1.5), struct.pack("!d", float("nan")), i4(-1)])  # fmt: skip
    price, huge = numeric([12, 3400], 0, 0, 2), numeric([1], 32767, 0x4000)
    nan = numeric([], 0, 0xC000)
    seed("decimals", [(1700, 1), (1700, 2), (1700, 3)], [price] * 3, [None, price, None], rows=2)
    seed("decimal-misfits", [(1700, 1)], [nan], [huge])
    seed("decimal-scales", [(1700, 4), (1700, 5), (1700, 6)],
         [numeric([1, 2300], 1), numeric([1], -2, 0, 5), price])  # fmt: skip
    seed("numeric-text", [(1700, 0)], [price], [nan], [huge], [numeric([], 0, 0, 9)])
    seed("numeric-double", [(1700, 0)], [price], [nan], [huge], flags=4)
    seed("numeric-wide", [(1700, 0)], [price], flags=12)
    texts = [(25, 0), (17, 0), (114, 0), (3802, 0), (20000, 0)]
    seed("texts", texts, ["äö".encode(), b"\0\xff", b"{}", b"\1[1]", b"ok"], [b""] * 5)
    seed("texts-unchecked", texts, [b"\xff", b"", b"\xc3", b"\1", b""], flags=1)
    seed("times", [(1082, 0), (1083, 0), (1114, 0), (1184, 7), (1186, 0), (1266, 0)],
         [i4(9000), i8(86399999999), i8(1 << 50), i8(-1), i8(5) + i4(1) + i4(2),
          i8(45296500000) + i4(-19800)])  # fmt: skip
    ends = [i4(2**31 - 1), i8(-(2**63)), i8(2**63 - 1), i8(2**63 - 1) + i4(2**31 - 1) * 2]
    seed("infinities", [(1082, 0), (1114, 0), (1184, 0), (1186, 0)], ends, flags=2)
    seed("infinities-refused", [(1082, 0), (1114, 0)], ends[:2])
    seed("addresses", [(869, 0), (650, 0), (829, 0), (774, 0), (2950, 0)],
         [b"\2\x18\0\4\x0a\1\2\3", b"\3\x40\1\x10" + bytes(16), bytes(6), bytes(8), bytes(16)])
    seed("bits", [(1560, 0), (1562, 0)], [i4(5) + b"\xb0", i4(9) + b"\xb3\x80"], [i4(0), None])
    seed("arrays", [(1007, 0), (1009, 0), (1231, 1), (1115, 0), (20001, 0)],
         [array(23, i4(1), None), array(25), array(1700, price), array(1114, i8(0)),
          array(20000, b"ok")], [None] * 5)  # fmt: skip
    seed("array-shapes", [(1007, 0)], [array(23, i4(1))], [i4(2) + i4(0) + i4(23) + i4(1) * 4])
    seed("text-arrays", [(1005, 0), (600, 0)], [array(21, i2(3)), b"(1,2)"])
    point = composite((23, i4(3)), (1700, price))
    seed("composites", [(20002, 0), (20003, 0), (20004, 0), (20005, 0)],
         [point, array(20002, point, None),
          composite((25, b"Bob"), (20002, point), (1009, array(25, b"x", None))), price],
         [None] * 4)  # fmt: skip
    said = described(("a", 23, -1), ("b", 1700, 786438), ("äö", 20002, -1)) + BOUND
    said += row(i4(1), price, point) + row(None, None, None) + END
    write("postgresql_reader", "described", reader([], said, flags=16, rows=1))
    write("postgresql_reader", "byte-by-byte", reader([], said, flags=48))
    notice = message("N", b"SNOTICE\0C00000\0Mhello\0P3\0\0") + message("S", b"TimeZone\0UTC\0")
    write("postgresql_reader", "fails-half-way",
          reader([(23, 0)], notice + BOUND + row(i4(1)) + notice + REFUSAL))  # fmt: skip
    write("postgresql_reader", "copy", reader([(23, 0)], BOUND + message("G", b"\0\0\0") + REFUSAL))
    write("postgresql_reader", "no-rows", reader([], BOUND + message("I") + message("Z", b"T")))


if __name__ == "__main__":
    postgresql_reader()
