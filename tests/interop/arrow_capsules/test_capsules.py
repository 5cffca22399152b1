"""Results read by other people's libraries through the Arrow PyCapsule interface.

Needs QRY_BUILD and a Python that has the libraries. One that is missing is skipped by name; with
QRY_REQUIRE_PEERS=1 that is a failure.
"""

import asyncio
import importlib
import os
import pathlib
import sys

import pytest

BUILD = pathlib.Path(os.environ["QRY_BUILD"]).resolve()
sys.path.insert(0, str(BUILD / "lib/python3/dist-packages"))
os.environ["QRY_PLUGIN_PATH"] = str(BUILD / "lib/qry/plugins")

import qry_host  # noqa: E402

ROWS = 150_000
SQL = f"""with recursive n(i) as (select 0 union all select i + 1 from n where i < {ROWS - 1})
    select i, i * 0.5 as half, case when i % 3 then 'row ' || i end as name from n"""


def need(name):
    try:
        return importlib.import_module(name)
    except ImportError as reason:
        if os.environ.get("QRY_REQUIRE_PEERS") == "1":
            pytest.fail(f"{name} is required (QRY_REQUIRE_PEERS=1): {reason}")
        pytest.skip(f"{name} is not installed: {reason}")


def on_sqlite(test):
    async def body():
        async with qry_host.open(":memory:") as host:
            lite = await host.datasources.create(
                "lite", driver="sqlite", params={"path": ":memory:"}, pool_max_size=1
            )
            return await test(lite)

    return asyncio.run(body())


def test_pyarrow_reads_a_result_and_a_table_again_and_again():
    pyarrow = need("pyarrow")

    async def body(lite):
        reader = pyarrow.RecordBatchReader.from_stream(await lite.execute(SQL))
        assert reader.schema.names == ["i", "half", "name"]
        table = reader.read_all()
        table.validate(full=True)
        assert table.num_rows == ROWS
        assert table.column("i").to_pylist()[-2:] == [ROWS - 2, ROWS - 1]
        assert table.column("name").null_count == ROWS // 3
        held = await (await lite.execute(SQL)).read_all()
        for _ in range(2):
            assert pyarrow.table(held).equals(table)
        assert (await (await lite.execute(SQL)).to_arrow()).equals(table)
        assert pyarrow.schema(held.schema) == table.schema

    on_sqlite(body)


def test_pyarrow_reads_one_batch_without_a_copy_and_beyond_the_host():
    pyarrow = need("pyarrow")

    async def body(lite):
        return [batch async for batch in await lite.execute(SQL)]

    batches = on_sqlite(body)
    first = pyarrow.record_batch(batches[0])
    again = pyarrow.record_batch(batches[0])
    assert first.column(0).buffers()[1].address == again.column(0).buffers()[1].address
    assert sum(len(b) for b in batches) == ROWS
    del batches
    first.validate(full=True)
    assert first.column(0)[5].as_py() == 5


def test_polars_reads_a_result():
    polars = need("polars")

    async def body(lite):
        frame = polars.DataFrame(await lite.execute(SQL))
        assert frame.shape == (ROWS, 3)
        assert frame["half"].sum() == sum(i * 0.5 for i in range(ROWS))
        assert (await (await lite.execute(SQL)).to_polars()).equals(frame)
        # Some versions of polars make a Series of structs of any stream that is not pyarrow's.
        either = polars.from_arrow(await lite.execute(SQL))
        whole = either if isinstance(either, polars.DataFrame) else either.struct.unnest()
        assert whole.equals(frame)

    on_sqlite(body)


def test_pandas_reads_a_result():
    need("pandas")
    need("pyarrow")

    async def body(lite):
        frame = await (await lite.execute(SQL)).to_pandas()
        assert frame.shape == (ROWS, 3)
        assert list(frame.columns) == ["i", "half", "name"]
        assert int(frame["name"].isna().sum()) == ROWS // 3

    on_sqlite(body)


def test_duckdb_queries_a_result_and_a_table():
    duckdb = need("duckdb")

    async def body(lite):
        connection = duckdb.connect()
        result = await lite.execute(SQL)  # noqa: F841 - duckdb finds it by its name
        assert connection.sql("select count(*), max(i) from result").fetchall() == [(ROWS, ROWS - 1)]
        held = await (await lite.execute(SQL)).read_all()  # noqa: F841
        for _ in range(2):
            total = connection.sql("select sum(i) from held").fetchall()
            assert total == [(ROWS * (ROWS - 1) // 2,)]

    on_sqlite(body)


def test_a_stream_can_be_taken_once():
    pyarrow = need("pyarrow")

    async def body(lite):
        result = await lite.execute("select 1")
        assert pyarrow.table(result).num_rows == 1
        with pytest.raises(qry_host.Closed, match="__arrow_c_stream__"):
            pyarrow.table(result)

    on_sqlite(body)


def test_a_stream_released_early_cancels_its_query():
    pyarrow = need("pyarrow")
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select i from n"

    async def body(lite):
        reader = pyarrow.RecordBatchReader.from_stream(await lite.execute(endless))
        assert reader.read_next_batch().num_rows > 0
        reader.close()
        del reader
        assert await (await lite.execute("select 7", timeout=5)).rows() == [(7,)]

    on_sqlite(body)


def test_an_error_amid_a_stream_reaches_its_reader():
    pyarrow = need("pyarrow")
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select i from n"

    async def body(lite):
        reader = pyarrow.RecordBatchReader.from_stream(await lite.execute(endless, timeout=0.3))
        with pytest.raises(OSError, match="0.3|300"):
            for _ in reader:
                pass

    on_sqlite(body)


def test_statements_without_rows_are_empty_tables():
    pyarrow = need("pyarrow")

    async def body(lite):
        table = pyarrow.table(await lite.execute("create table t (a integer)"))
        assert (table.num_rows, table.num_columns) == (0, 0)
        none = pyarrow.table(await lite.execute("select 1 as a where false"))
        assert (none.num_rows, none.column_names) == (0, ["a"])

    on_sqlite(body)


def test_every_type_of_rows_agrees_with_pyarrow():
    """What rows() makes of an array is what pyarrow makes of it."""
    pyarrow = need("pyarrow")

    async def body(lite):
        sql = "select $1 as a, $2 as b, $3 as c, $4 as d"
        args = [2**53 + 1, 0.1, "é", b"\x00"]
        table = pyarrow.table(await lite.execute(sql, args))
        rows = await (await lite.execute(sql, args)).rows()
        assert [tuple(r.values()) for r in table.to_pylist()] == rows

    on_sqlite(body)
