"""What every driver must do for its users, whatever the database. A module with a fixture `database`
imports all of it."""

import asyncio
import datetime
import json
import os
import pathlib
import time

import pytest

import qry_host

from database import rows

# Over a network; and of a file.
STEPS = ["resolve", "tcp", "tls", "authenticate", "database", "permissions", "open", "read"]
BORN = datetime.date(2024, 2, 29)


@pytest.fixture(scope="module")
def filled(database):
    """The database with its table, which has two rows."""
    async def fill(host, source):
        for sql in database.make_table:
            await rows(source, sql)
        insert = f"insert into {database.table} (id, name, born) values "
        result = await source.execute(insert + "(1, 'Grüße', date '2024-02-29'), (2, null, null)"
                                      if database.driver != "sqlite"
                                      else insert + "(1, 'Grüße', '2024-02-29'), (2, null, null)")
        assert result.rows_affected == 2

    database.run(fill)
    return database


def test_what_is_declared_is_what_can_be_done(database):
    async def body(host, source):
        (driver,) = [d for d in host.drivers() if d.name == database.driver]
        return driver

    driver = database.run(body)
    plugin = pathlib.Path(os.environ["QRY_BUILD"]) / "lib" / "qry" / "plugins" / database.driver
    manifest = json.loads((plugin / "qry-plugin.json").read_text())
    assert driver.capabilities == manifest["capabilities"]
    # What the rest of the suite asks of all of them.
    assert {"cancel", "bind", "introspect", "write"} <= set(driver.capabilities)


def test_a_connection_test_tells_its_steps(database):
    async def body(host, source):
        return await source.test()

    report = database.run(body)
    assert report.ok and report.error is None and report.server_version
    names = [step.name for step in report.steps]
    assert names and [s for s in STEPS if s in names] == names
    assert all(step.ok and step.seconds >= 0 for step in report.steps)


def test_a_connection_test_of_nothing_says_what_to_try(database):
    async def body(host, source):
        params = database.texts({**database.params, **database.unreachable})
        return await host.check(driver=database.driver, params=params, secrets=database.secrets)

    report = database.run(body)
    assert not report.ok
    assert isinstance(report.error, qry_host.ConnectionFailed) and report.error.hint
    assert [step.ok for step in report.steps][-1:] in ([], [False])


def test_a_missing_and_an_unknown_parameter_are_named(database):
    async def body(host, source):
        (driver,) = [d for d in host.drivers() if d.name == database.driver]
        right = database.texts(database.params)
        wrong = {"hots": {**right, "hots": "x"}}
        for parameter in driver.parameters:
            if parameter.required and not parameter.secret:
                wrong[parameter.name] = {k: v for k, v in right.items() if k != parameter.name}
        for name, params in wrong.items():
            with pytest.raises(qry_host.InvalidParameter) as caught:
                await host.datasources.create(
                    "other", driver=database.driver, params=params, secrets=database.secrets
                )
            assert caught.value.parameter == name and name in str(caught.value)

    database.run(body)


def test_values_come_as_python_has_them(filled):
    async def body(host, source):
        result = await source.execute(f"select id, name, born from {filled.table} order by id")
        assert [c.lower() for c in result.columns] == ["id", "name", "born"]
        (first, second) = await result.rows()
        assert first[:2] == (1, "Grüße") and second == (2, None, None)
        # SQLite has no dates.
        assert first[2] == (BORN if filled.driver != "sqlite" else BORN.isoformat())

    filled.run(body)


@pytest.mark.parametrize("value", ["", "it's; drop table t; --", "?", "$1", "Ünï\u4e2d\U0001f600", "\\", "'", None])
def test_a_text_argument_comes_back(database, value):
    async def body(host, source):
        assert await rows(source, f"select {database.as_text}", [value]) == [(value,)]

    database.run(body)


def test_arguments_are_taken_by_their_number(database):
    def of(n):
        return database.as_integer.replace("$1", f"${n}")

    async def body(host, source):
        # A dollar in a literal or a comment is none.
        sql = f"select {of(2)} - {of(1)}, {of(1)}, '$3' /* $4 */"
        assert await rows(source, sql, [5, 12]) == [(7, 5, "$3")]
        with pytest.raises(qry_host.Error):
            await rows(source, sql, [5])

    database.run(body)


def test_a_long_result_comes_whole_in_batches(database):
    async def body(host, source):
        total, count, batches = 0, 0, 0
        async for batch in await source.execute(database.numbers.format(n=150_000), timeout=120):
            values = [row[0] for row in batch.rows()]
            assert 0 < len(values) <= 65_536
            total, count, batches = total + sum(values), count + len(values), batches + 1
        assert (count, total) == (150_000, 150_000 * 150_001 // 2) and batches > 2

    database.run(body)


def test_a_limit_ends_the_result(database):
    async def body(host, source):
        assert len(await rows(source, database.numbers.format(n=150_000), limit=10)) == 10
        assert await rows(source, "select 1", timeout=60) == [(1,)]
        assert source.pool.created == 1

    database.run(body, pool_max_size=1)


def test_a_wrong_statement_is_told_and_harms_nobody(database):
    async def body(host, source):
        for wrong in ("selec 1", "select no_such_column_anywhere", "select * from no_such_table_anywhere"):
            with pytest.raises(qry_host.QueryError) as caught:
                await rows(source, wrong)
            assert caught.value.origin == "server" and str(caught.value)
        assert await rows(source, "select 1") == [(1,)]
        assert source.pool.created == 1

    database.run(body, pool_max_size=1)


def test_a_time_limit_holds(database):
    async def body(host, source):
        await rows(source, "select 1")
        begun = time.monotonic()
        with pytest.raises(qry_host.QueryTimeout) as caught:
            await rows(source, database.slow, timeout=0.5)
        assert caught.value.limit == 0.5 and time.monotonic() - begun < 5
        assert await rows(source, "select 1", timeout=60) == [(1,)]

    database.run(body, pool_max_size=1)


def test_a_cancelled_task_gives_its_session_back(database):
    async def body(host, source):
        await rows(source, "select 1")
        for after in (0, 0.05, 0.5):
            task = asyncio.create_task(rows(source, database.slow, timeout=60))
            await asyncio.sleep(after)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await rows(source, "select 1", timeout=60) == [(1,)]

    database.run(body, pool_max_size=1)


def test_leaving_early_gives_the_session_back(database):
    async def body(host, source):
        async with await source.execute(database.numbers.format(n=150_000)) as result:
            async for batch in result:
                assert len(batch) > 0
                break
        assert await rows(source, "select 1", timeout=60) == [(1,)]

    database.run(body, pool_max_size=1)


def test_many_queries_share_a_pool(database):
    async def body(host, source):
        got = await asyncio.gather(*(rows(source, f"select {database.as_integer}", [n]) for n in range(40)))
        assert got == [[(n,)] for n in range(40)]
        assert source.pool.size <= 4

    database.run(body, pool_max_size=4)


def test_the_schema_holds_the_table_and_a_second_look_changes_nothing(filled):
    async def body(host, source):
        first = await source.refresh_schema()
        assert any(filled.table.endswith(change.name.rpartition(".")[2]) for change in first.added)
        schema = await source.schema()
        (table,) = [t for t in schema.tables if filled.table.endswith(t.name)]
        assert table.kind == "table"
        assert [(c.name, c.ordinal) for c in table.columns] == [("id", 1), ("name", 2), ("born", 3)]
        assert all(c.type and c.arrow_type for c in table.columns)
        # The types of the schema are those that a result has.
        result = await source.execute(f"select id, name, born from {filled.table}")
        if filled.driver != "sqlite":
            assert [c.arrow_type for c in table.columns] == [c.arrow_type for c in result.columns]
        await result.rows()
        (driver,) = [d for d in host.drivers() if d.name == filled.driver]
        assert (table.primary_key == ["id"]) == ("keys" in driver.capabilities)
        assert not await source.refresh_schema()
        assert "born" in schema.prompt(tokens=500, question="when was everybody born?")

    filled.run(body)


def test_no_secret_is_told(database):
    async def body(host, source):
        said = [repr(source), str(source.params), repr(await source.test())]
        return " ".join(said)

    said = database.run(body)
    assert all(secret not in said for secret in database.secrets.values())
