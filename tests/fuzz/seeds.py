#!/usr/bin/python3
"""Writes the seed inputs of the fuzz targets into corpus/, as this project made them up.

Run it again after a change of a target's input format; what fuzzing found is kept beside the seeds,
under names that do not begin with "seed-".
"""
import base64
import hashlib
import hmac
import json
import pathlib
import struct
import subprocess
import tempfile

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


def fernet() -> None:
    passphrase = b"a passphrase of the product"
    key = hashlib.sha256(passphrase).digest()
    iv = bytes(range(16))
    # AES-128-CBC by openssl: Python has none of its own.
    cipher = subprocess.run(
        ["openssl", "enc", "-aes-128-cbc", "-K", key[16:].hex(), "-iv", iv.hex()],
        input=b"secret text", stdout=subprocess.PIPE, check=True,
    ).stdout  # fmt: skip
    body = b"\x80" + struct.pack("!Q", 1_700_000_000) + iv + cipher
    token = base64.urlsafe_b64encode(body + hmac.digest(key[:16], body, "sha256"))
    text = base64.urlsafe_b64encode(key)
    write("fernet", "token", b"\1" + passphrase + b"\n" + token)
    write("fernet", "truncated", b"\1" + passphrase + b"\n" + token[:-8])
    write("fernet", "resealed", b"\2" + passphrase + b"\n" + body)
    write("fernet", "resealed-bad-padding", b"\2" + passphrase + b"\n" + body[:-1] + b"\0")
    write("fernet", "round-trip", b"\0" + text + b"\n" + iv + b"\5plain")
    write("fernet", "key-without-padding", b"\0" + text[:-1] + b"\n")


def manifest() -> None:
    auth = {"type": "string", "enum": ["none", "password"], "default": "none"}
    whole = {
        "name": "acme", "title": "Acme", "version": "1.0.0", "publisher": "Acme Ltd",
        "abi": {"major": 1, "minor": 0}, "model": "async", "dialect": "ansi",
        "capabilities": ["cancel", "bind"], "hosts": ["{host}"],
        "libraries": {"linux-x86_64": {"file": "libqry_acme.so", "sha256": "0" * 64}},
        "parameters": {
            "type": "object",
            "properties": {
                "host": {"type": "string", "pattern": "[a-z.]+", "patternError": "A name."},
                "port": {"type": "integer", "default": 5432, "minimum": 1, "maximum": 65535},
                "ratio": {"type": "number"},
                "tls": {"type": "boolean", "default": True},
                "timeout": {"type": "duration", "default": "10s"},
                "auth": auth,
            },
            "required": ["host"],
            "oneOf": [
                {"title": "Nobody", "properties": {"auth": {"const": "none"}}},
                {
                    "title": "Password",
                    "properties": {
                        "auth": {"const": "password"},
                        "user": {"type": "string"},
                        "password": {"type": "string", "secret": True},
                    },
                    "required": ["user", "password"],
                },
            ],
        },
    }  # fmt: skip
    text = json.dumps(whole, separators=(",", ":")).encode()
    given = b"host=db.example\nport=0\nratio=1e3\ntls=yes\ntimeout=1m30s"
    write("manifest", "alone", text)
    write("manifest", "values", text + b"\n--\n" + given)
    write("manifest", "fine", text + b"\n--\nhost=db\ntimeout=500ms\nratio=0.10\ntls=1")
    write("manifest", "password", text + b"\n--\nhost=db\nauth=password\nuser=me\npassword")
    small = {k: whole[k] for k in ("name", "version", "abi", "model", "libraries")}
    for kind, value in {"number": "-0.5e-7", "duration": "1h", "integer": "-007"}.items():
        small["parameters"] = {"type": "object", "properties": {"p": {"type": kind}}}
        write("manifest", kind, json.dumps(small).encode() + b"\n--\np=" + value.encode())
    write("manifest", "climbs", text.replace(b"libqry_acme.so", b"../libqry.so"))


PLUGIN = """
#include <qry/note.h>
QRY_PLUGIN_NOTE("acme", "1.2.3");
const qry_plugin_entry_table qry_plugin_entry = {0};
"""


def elf_note() -> None:
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder, "acme.so")
        for style in ("sysv", "gnu"):
            subprocess.run(
                ["gcc", "-xc", "-", "-shared", "-nostdlib", "-Os", "-s", "-fvisibility=hidden",
                 "-Wl,-z,max-page-size=64,-z,noseparate-code,-z,norelro,--build-id=none",
                 f"-Wl,--hash-style={style}",
                 f"-I{HERE.parent.parent / 'sdk' / 'include'}", "-o", str(out)],
                input=PLUGIN.encode(), check=True,
            )  # fmt: skip
            data = out.read_bytes()
            # The section table is at the end, and the loader's way does not need it.
            at = struct.unpack_from("<Q", data, 0x28)[0]
            write("elf_note", style, data[:at])
            write("elf_note", style + "-cut", data[: at // 2])


def sql() -> None:
    texts = {
        "select": "select a, 'it''s', \"B\" from t where x = $1 -- end\n; select ?",
        "dollar": "select $a$ ; $b$ $a$, E'\\'', U&'x' /* /* nested */ */ ; ;",
        "function": "create function f() returns int begin atomic select 1; end; select 2",
        "brackets": "select [a;b], `c;d`, q'[x;]', N'y' from (select 1;)",
        "escape": "select 'a\\'; b', \"c\\\";\", r'\\', '''x;''', ???",
        "continued": "select 'a'\n'b' from t",
        "plain": "SELECT * FROM orders WHERE region = $1 ORDER BY id LIMIT 10",
    }
    for number, (name, text) in enumerate(texts.items()):
        for dialect in {number, 1}:
            write("sql", f"{name}-{dialect}", bytes([dialect]) + text.encode())


def scrub() -> None:
    word = b"hunter2 & p@ss/word"
    percent = b"hunter2%20%26%20p%40ss%2Fword"
    write("scrub", "plain", b"\1" + word + b"\nlogin with hunter2 & p@ss/word failed")
    write("scrub", "percent", b"\1" + word + b"\npostgres://u:" + percent + b"@host/db")
    write("scrub", "base64", b"\1" + word + b"\nBasic " + base64.b64encode(b"u:" + word))
    write("scrub", "json", b"\1a\"b\\c\td123\n{\"password\": \"a\\\"b\\\\c\\td123\"}")
    write("scrub", "two", b"\2first-secret\nsecond\nfirst-secretsecond, second-first-sec")
    write("scrub", "short", b"\3x\nab\nabc\nx, ab, abc, xab")
    write("scrub", "quotes", b"\1it's me}}\nIDENTIFIED BY 'it''s me}}' PWD={it's me}}}}}")


# Trino's replies, Redshift's start-up, Amazon's answers.


def trino_page() -> None:
    def page(name: str, body: dict) -> None:
        write("trino_page", name, b"\3" + json.dumps({"id": "q", **body}).encode())

    types = {
        "a": "bigint", "b": "varchar", "c": "decimal(38, 5)", "d": "timestamp(6) with time zone",
        "e": "array(map(varchar, row(x integer, \"y z\" date)))", "f": "varbinary", "g": "double",
    }
    columns = [{"name": n, "type": t} for n, t in types.items()]
    first = [
        1, "x", "1.50000", "2024-02-29 12:34:56.123456 Europe/Paris", [{"k": [1, "2024-02-29"]}, None], "AP8=", "NaN",
    ]
    stats = {"state": "RUNNING", "progressPercentage": 12.5}
    page("direct", {
        "nextUri": "http://h:1/v1/x/1", "columns": columns, "data": [first, [None] * 7], "stats": stats, "warnings": [],
    })
    inline = {
        "type": "inline", "data": base64.b64encode(json.dumps([first]).encode()).decode(),
        "metadata": {"segmentSize": 9, "rowsCount": 1, "rowOffset": 0},
    }
    spooled = {
        "type": "spooled", "uri": "http://s/1", "ackUri": "http://s/1/ack", "headers": {"a": ["b"]},
        "metadata": {"segmentSize": 9, "uncompressedSize": 90},
    }
    page("inline", {"columns": columns, "data": {"encoding": "json+zstd", "segments": [inline, spooled]}})
    where = {"lineNumber": 1, "columnNumber": 8}
    page("error", {
        "error": {"message": "no", "errorCode": 47, "errorName": "COLUMN_NOT_FOUND", "errorLocation": where},
        "updateType": "INSERT", "updateCount": 3,
    })
    for name, kind, cell in (
        ("time", "time(9)", "12:34:56.123456789"), ("tz", "time(3) with time zone", "12:34:56.123+05:30"),
        ("interval", "interval day to second", "1 02:03:04.567"), ("json", "json", "{\"a\":1}"), ("tiny", "tinyint", -128),
        ("uuid", "uuid", "12151fd2-7586-11e9-8f9e-2a86e4085a59"), ("real", "real", 1.5),
        ("ts12", "timestamp(12)", "2024-02-29 12:34:56.123456789012"),
    ):
        page(name, {"columns": [{"name": "v", "type": kind}], "data": [[cell], [None]]})


def redshift_login() -> None:
    def number(n: int) -> bytes:
        return struct.pack("!i", n)

    ready = (
        message("R", number(0)) + message("S", b"server_version\0" + b"8.0.2\0")
        + message("K", number(7) + number(11)) + message("Z", b"I")
    )
    digest = number(13) + number(0) + number(4) + b"salt" + number(5) + b"nonce"
    write("redshift_login", "digest", b"\1" + message("R", digest) + ready)
    write("redshift_login", "md5", b"\0" + message("R", number(5) + b"salt") + ready)
    write("redshift_login", "plain", b"\1" + message("R", number(3)) + ready)
    write("redshift_login", "token", b"\3" + message("R", number(14)) + ready)
    write("redshift_login", "refused", b"\1" + message("E", b"SFATAL\0C28000\0Mno\0\0"))


def aws_answer() -> None:
    write("aws_answer", "cluster", b"""<?xml version="1.0"?><r xmlns="http://r/"><GetClusterCredentialsResult>
<DbUser>IAM:ada</DbUser><DbPassword>a&lt;b&amp;c</DbPassword></GetClusterCredentialsResult></r>""")
    write("aws_answer", "error", b"""<ErrorResponse><Error><Code>AccessDenied</Code><Message><![CDATA[no]]></Message>
</Error><!-- x --></ErrorResponse>""")


if __name__ == "__main__":
    postgresql_reader()
    fernet()
    manifest()
    elf_note()
    sql()
    scrub()
    trino_page()
    redshift_login()
    aws_answer()
