"""Arrow IPC streams as qry-host and the kit write them, read by pyarrow."""

import datetime as dt
import os
import pty
import sqlite3
import subprocess
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

BUILD = Path(os.environ["QRY_BUILD"])
ROWS = 200_000


@pytest.fixture(scope="module")
def command(tmp_path_factory):
    """Runs qry-host with the datasource 'big', a table of 200,000 rows."""
    folder = tmp_path_factory.mktemp("stream")
    with sqlite3.connect(folder / "big.db") as db:
        db.executescript(
            f"""
            create table t (id integer not null, half real, name text, data blob);
            with recursive n(i) as (select 0 union all select i + 1 from n where i < {ROWS - 1})
            insert into t select
                i,
                case when i % 5 != 3 then i / 2.0 end,
                case when i % 7 != 2 then 'name ' || i end,
                case when i % 3 != 1 then cast('b' || i as blob) end
            from n;
            """
        )
    db.close()
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder / "data"),
        "QRY_REGISTRY": str(folder / "registry.db"),
        "QRY_PLUGIN_PATH": str(BUILD / "lib" / "qry" / "plugins"),
        "JWT_SECRET_KEY": "a key for tests",
    }

    def run(*args, **more):
        given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
        return subprocess.run(
            [BUILD / "bin" / "qry-host", *args], env=env, cwd=folder, timeout=120, **given
        )

    path = folder / "big.db"
    added = run("datasource", "add", "big", "--driver", "sqlite", "-p", f"path={path}")
    assert added.returncode == 0, added.stderr
    return run


def expected(i: int) -> tuple:
    return (
        i,
        i / 2 if i % 5 != 3 else None,
        f"name {i}" if i % 7 != 2 else None,
        f"b{i}".encode() if i % 3 != 1 else None,
    )


def test_a_file_holds_all_rows_in_many_batches(command, tmp_path):
    file = tmp_path / "rows.arrows"
    sql = "select id, half, name, data from t order by id"
    done = command("query", "big", sql, "--format", "arrow", "-o", str(file))
    assert done.returncode == 0, done.stderr
    with pa.ipc.open_stream(file) as reader:
        batches = list(reader)
    assert len(batches) > 1
    for batch in batches:
        batch.validate(full=True)
    table = pa.Table.from_batches(batches)
    assert table.schema.names == ["id", "half", "name", "data"]
    assert table.schema.types == [pa.int64(), pa.float64(), pa.utf8(), pa.binary()]
    assert table.num_rows == ROWS
    columns = [column.to_pylist() for column in table.columns]
    assert list(zip(*columns)) == [expected(i) for i in range(ROWS)]


def test_standard_output_may_be_a_pipe(command):
    done = command("query", "big", "select id from t where id < 3 order by id", "--format", "arrow")
    assert done.returncode == 0, done.stderr
    with pa.ipc.open_stream(done.stdout) as reader:
        assert reader.read_all().to_pydict() == {"id": [0, 1, 2]}


def test_a_result_without_rows_has_its_columns(command):
    done = command("query", "big", "select id, name from t where false", "--format", "arrow")
    assert done.returncode == 0, done.stderr
    with pa.ipc.open_stream(done.stdout) as reader:
        table = reader.read_all()
    assert table.schema.names == ["id", "name"] and table.num_rows == 0


def test_a_terminal_is_refused(command):
    ours, theirs = pty.openpty()
    try:
        done = command("query", "big", "select 1", "--format", "arrow", stdout=theirs)
    finally:
        os.close(theirs)
        os.close(ours)
    assert done.returncode == 2
    assert b"binary" in done.stderr and b"-o FILE" in done.stderr


EPOCH = dt.datetime(1970, 1, 1)
UTC = dt.timezone.utc

TYPES = {
    "null": pa.null(), "bool": pa.bool_(),
    "i8": pa.int8(), "i16": pa.int16(), "i32": pa.int32(), "i64": pa.int64(),
    "u8": pa.uint8(), "u16": pa.uint16(), "u32": pa.uint32(), "u64": pa.uint64(),
    "f16": pa.float16(), "f32": pa.float32(), "f64": pa.float64(),
    "d128": pa.decimal128(12, 2), "d256": pa.decimal256(60, 3),
    "utf8": pa.utf8(), "large_utf8": pa.large_utf8(),
    "binary": pa.binary(), "large_binary": pa.large_binary(), "fixed": pa.binary(3),
    "date32": pa.date32(), "date64": pa.date64(),
    "time_s": pa.time32("s"), "time_ms": pa.time32("ms"),
    "time_us": pa.time64("us"), "time_ns": pa.time64("ns"),
    "wall": pa.timestamp("us"), "instant": pa.timestamp("ms", "Europe/Berlin"),
    "duration": pa.duration("s"), "interval": pa.month_day_nano_interval(),
    "list": pa.list_(pa.int32()), "large_list": pa.large_list(pa.utf8()),
    "struct": pa.struct([("a", pa.int16()), ("b", pa.bool_())]),
    "map": pa.map_(pa.utf8(), pa.int8()), "dictionary": pa.dictionary(pa.int32(), pa.utf8()),
    "row": pa.int64(),
}


def row(i: int) -> dict:
    if i % 3 == 1:
        return {**dict.fromkeys(TYPES), "row": i}
    text = f"text {i}"
    day = (EPOCH + dt.timedelta(days=i)).date()
    return {
        "null": None, "bool": i % 2 == 0,
        "i8": i, "i16": i, "i32": i, "i64": i,
        "u8": i, "u16": i, "u32": i, "u64": 2**64 - 1 - i,
        "f16": 1.5, "f32": i / 4, "f64": i / 8,
        "d128": Decimal(i * 101).scaleb(-2), "d256": Decimal(-i).scaleb(-3),
        "utf8": text, "large_utf8": text,
        "binary": text.encode(), "large_binary": text.encode(), "fixed": f"ab{i}".encode(),
        "date32": day, "date64": day,
        "time_s": dt.time(0, 0, i), "time_ms": dt.time(0, 0, 0, i * 1000),
        "time_us": dt.time(0, 0, 0, i), "time_ns": i,
        "wall": EPOCH + dt.timedelta(microseconds=i),
        "instant": EPOCH.replace(tzinfo=UTC) + dt.timedelta(milliseconds=i),
        "duration": dt.timedelta(seconds=i), "interval": pa.MonthDayNano([i, -i, i * 1000]),
        "list": [i + n for n in range(i % 4)], "large_list": [f"v{i}", None],
        "struct": {"a": i, "b": i % 2 == 0},
        "map": [(f"v{i}", i)], "dictionary": "low" if i < 5 else "high",
        "row": i,
    }


def rows(batch) -> list:
    # Nanoseconds of the day are more than Python's time holds.
    at = batch.schema.get_field_index("time_ns")
    return batch.set_column(at, "time_ns", batch.column(at).cast(pa.int64())).to_pylist()


def test_every_type_whole_and_sliced(tmp_path):
    program = BUILD / "tests" / "unit" / "arrow_ipc" / "arrow_ipc_all_types"
    file = tmp_path / "all.arrows"
    subprocess.run([program, file], check=True, timeout=60)
    with pa.ipc.open_stream(file) as reader:
        schema = reader.schema
        whole, part, nothing = reader
    assert dict(zip(schema.names, schema.types)) == TYPES
    assert [f.name for f in schema if not f.nullable] == ["row"]
    assert schema.metadata == {b"made by": b"qry"}
    assert schema.field("bool").metadata == {b"qry.type": b"bit"}
    for batch in whole, part, nothing:
        batch.validate(full=True)
    assert rows(whole) == [row(i) for i in range(10)]
    assert rows(part) == [row(i) for i in range(3, 8)]
    assert nothing.num_rows == 0
