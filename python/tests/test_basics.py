"""The package on SQLite: what a first user does, in order."""

import asyncio
import datetime
import sys

import pytest

import qry_host


def test_open_can_be_awaited_and_used_as_a_context_manager(registry, run):
    async def body():
        host = await qry_host.open(registry)
        async with host as same:
            assert same is host
            assert await host.datasources.list() == []
        with pytest.raises(qry_host.Closed):
            await host.datasources.list()

    run(body())


def test_a_host_that_was_not_opened_says_so(registry):
    with pytest.raises(qry_host.Closed, match="not open") as caught:
        qry_host.open(registry).drivers()
    assert "await" in caught.value.hint


def test_connecting_to_no_daemon_says_how_to_start_one(run, tmp_path):
    async def body():
        with pytest.raises(qry_host.ConnectionFailed) as caught:
            await qry_host.connect(f"unix:{tmp_path}/nobody.sock")
        assert caught.value.retryable
        assert f"qry-host serve --listen unix:{tmp_path}/nobody.sock" in caught.value.hint

    run(body())


def test_an_address_of_another_kind_is_refused(run):
    async def body():
        with pytest.raises(qry_host.InvalidParameter, match="tcp://db:1") as caught:
            await qry_host.connect("tcp://db:1")
        assert caught.value.parameter == "address"

    run(body())


def test_drivers_tell_their_parameters(registry, run):
    async def body():
        async with qry_host.open(registry) as host:
            drivers = {d.name: d for d in host.drivers()}
            lite = drivers["sqlite"]
            assert lite.reason is None
            assert {"path", "mode"} <= {p.name for p in lite.parameters}
            mode = next(p for p in lite.parameters if p.name == "mode")
            assert mode.choices == ["ro", "rw", "rwc"]
            assert lite.path.endswith("libqry_sqlite.so")

    run(body())


def test_a_datasource_is_created_found_changed_renamed_and_removed(registry, tmp_path, run):
    async def body():
        async with qry_host.open(registry) as host:
            path = tmp_path / "a.db"
            made = await host.datasources.create(
                "a", driver="sqlite", params={"path": path, "mode": "rwc"}, timeout="5m"
            )
            assert (made.name, made.driver, made.timeout) == ("a", "sqlite", 300.0)
            assert made.params["path"] == str(path)
            assert made.state == "unknown"
            assert made.schema_age is None
            with pytest.raises(qry_host.Conflict):
                await host.datasources.create("a", driver="sqlite", params={"path": path})
            changed = await host.datasources.update("a", timeout=7, version=made.version)
            assert changed.timeout == 7.0
            with pytest.raises(qry_host.Conflict):
                await host.datasources.update("a", timeout=8, version=changed.version - 1)
            await host.datasources.rename("a", "b")
            assert [d.name for d in await host.datasources.list()] == ["b"]
            assert (await host.datasources.get("b")).timeout == 7.0
            await host.datasources.remove("b")
            with pytest.raises(qry_host.NotFound):
                await host.datasources.get("b")

    run(body())


def test_a_connection_is_checked_before_it_is_stored(registry, tmp_path, run):
    async def body():
        async with qry_host.open(registry) as host:
            seen = []
            report = await host.check(
                driver="sqlite",
                params={"path": tmp_path / "new.db", "mode": "rwc"},
                on_step=seen.append,
            )
            assert report.ok
            assert report.steps == seen
            assert all(step.ok and step.seconds >= 0 for step in report.steps)
            missing = await host.check(driver="sqlite", params={"path": tmp_path / "none.db"})
            assert not missing.ok
            assert "none.db" in str(missing.error)
            assert await host.datasources.list() == []

    run(body())


def test_rows_dicts_and_batches_are_three_views_of_one_result(with_sqlite):
    sql = "select 1 as id, 'x' as name union all select 2, null order by 1"

    async def body(lite):
        assert await (await lite.execute(sql)).rows() == [(1, "x"), (2, None)]
        assert await (await lite.execute(sql)).dicts() == [
            {"id": 1, "name": "x"},
            {"id": 2, "name": None},
        ]
        batches = [b async for b in await lite.execute(sql)]
        assert sum(b.num_rows for b in batches) == 2
        table = await (await lite.execute(sql)).read_all()
        assert len(table) == 2 and table.columns == ["id", "name"]
        assert table.rows() == table.rows() == [(1, "x"), (2, None)]

    with_sqlite(body)


def test_columns_are_names_that_know_their_types(with_sqlite):
    async def body(lite):
        result = await lite.execute("select 1 as id")
        assert result.columns == ["id"]
        assert result.columns[0].arrow_type == "int64"
        assert result.columns[0].name == "id"
        await result.cancel()

    with_sqlite(body)


def test_rows_taken_twice_are_refused(with_sqlite):
    async def body(lite):
        result = await lite.execute("select 1")
        await result.rows()
        with pytest.raises(qry_host.Closed, match=r"by rows\(\)"):
            await result.rows()

    with_sqlite(body)


def test_dicts_refuse_two_columns_of_one_name(with_sqlite):
    async def body(lite):
        with pytest.raises(ValueError, match="two columns are named 'a'"):
            await (await lite.execute("select 1 as a, 2 as a")).dicts()

    with_sqlite(body)


def test_statements_without_rows_tell_how_many_they_changed(with_sqlite):
    async def body(lite):
        made = await lite.execute("create table t (a integer)")
        assert await made.rows() == []
        result = await lite.execute("insert into t values (1), (2), (3)")
        assert result.rows_affected == 3
        assert await result.rows() == []
        assert result.columns == []

    with_sqlite(body)


def test_limit_and_its_nonsense(with_sqlite):
    sql = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000) select i from n"

    async def body(lite):
        assert await (await lite.execute(sql, limit=3)).rows() == [(1,), (2,), (3,)]
        with pytest.raises(qry_host.InvalidParameter) as caught:
            await lite.execute(sql, limit=-1)
        assert caught.value.parameter == "limit"

    with_sqlite(body)


@pytest.mark.parametrize("nonsense", [0, -1, float("nan"), float("inf"), 1e300, "5 parsecs", "0s", True, []])
def test_durations_that_are_none_are_refused_by_name(with_sqlite, nonsense):
    async def body(lite):
        with pytest.raises(qry_host.InvalidParameter) as caught:
            await lite.execute("select 1", timeout=nonsense)
        assert caught.value.parameter == "timeout"

    with_sqlite(body)


def test_the_schema_is_lazy_searchable_and_told_to_models(with_sqlite):
    async def body(lite):
        await lite.execute("create table orders (id integer primary key, total numeric not null)")
        seen = []
        await lite.refresh_schema(progress=lambda stage, done: seen.append((stage, done)))
        assert {stage for stage, _ in seen} <= {"tables", "columns", "keys"} and seen
        schema = await lite.schema()
        assert not schema.stale and 0 <= schema.age < 60
        assert [t.name for t in schema.tables] == ["orders"]
        table = schema.tables[-1]
        assert table == schema.table("orders") and schema.tables[0:1] == [table]
        assert [c.name for c in table.columns] == ["id", "total"]
        assert table.primary_key == ["id"]
        assert table.columns[1].nullable is False
        assert schema.search("total")[0].column.name == "total"
        assert "orders" in schema.prompt(tokens=200, question="how much did we sell?")
        await lite.execute("alter table orders add column note text")
        diff = await lite.refresh_schema()
        assert diff and [(c.what, c.name.split(".")[-1]) for c in diff.added] == [("column", "note")]
        assert schema.stale
        assert (await lite.schema()).generation == schema.generation + 1
        assert not await lite.refresh_schema()
        with pytest.raises(IndexError):
            schema.tables[1]

    with_sqlite(body)


def test_an_error_in_a_progress_listener_does_not_harm_the_refresh(with_sqlite):
    async def body(lite):
        def listener(stage, done):
            raise RuntimeError("listener")

        await lite.execute("create table t (a integer)")
        diff = await lite.refresh_schema(progress=listener)
        assert [c.name.split(".")[-1] for c in diff.added if c.what == "table"] == ["t"]

    unraisable = []
    before, sys.unraisablehook = sys.unraisablehook, unraisable.append
    try:
        with_sqlite(body)
    finally:
        sys.unraisablehook = before
    assert unraisable and str(unraisable[0].exc_value) == "listener"


def test_pool_figures_return_to_rest(with_sqlite):
    async def body(lite):
        for _ in range(5):
            await (await lite.execute("select 1")).rows()
        figures = lite.pool
        assert figures.in_use == 0 and figures.waiting == 0
        assert figures.acquired >= 5 and figures.size >= 1

    with_sqlite(body, pool_max_size=2)


def test_leaving_a_result_early_gives_its_session_back(with_sqlite):
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select i from n"

    async def body(lite):
        async with await lite.execute(endless) as result:
            async for batch in result:
                assert batch.rows(0, 2) == [(1,), (2,)]
                break
        assert await (await lite.execute("select 7")).rows() == [(7,)]

    with_sqlite(body, pool_max_size=1)


def test_a_dropped_result_is_reclaimed_and_warned_about(with_sqlite):
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select i from n"

    async def body(lite):
        result = await lite.execute(endless)
        name = result.query_id
        with pytest.warns(ResourceWarning, match=f"unclosed result of query {name}"):
            del result
        assert await (await lite.execute("select 7")).rows() == [(7,)]

    with_sqlite(body, pool_max_size=1)


def test_many_tasks_share_a_loop(with_sqlite):
    async def body(lite):
        async def one(i):
            return (await (await lite.execute("select $1", [i])).rows())[0][0]

        assert await asyncio.gather(*(one(i) for i in range(200))) == list(range(200))

    with_sqlite(body, pool_max_size=3)


def test_the_typed_sample_runs(registry, tmp_path, run):
    import typed_sample

    assert run(typed_sample.main(registry, str(tmp_path / "s.db"))) == [(2,)]
    assert typed_sample.blocking(registry) == (3,)


def test_a_datasource_that_was_removed_says_so_by_its_name(with_sqlite, registry):
    async def body(lite):
        await (await lite.execute("select 1")).rows()
        async with qry_host.open(registry) as other:
            await other.datasources.remove("lite")
        # A test looks at the row first.
        with pytest.raises(qry_host.Closed, match="^the datasource 'lite' was removed$"):
            await lite.test()
        for call in (lambda: lite.execute("select 1"), lite.schema, lite.refresh_schema):
            with pytest.raises(qry_host.Closed, match="^the datasource 'lite' was removed$") as e:
                await call()
            assert e.value.datasource == "lite"

    with_sqlite(body)


def test_a_relative_file_is_meant_from_the_directory_where_it_was_given(
    registry, tmp_path, run, monkeypatch
):
    monkeypatch.chdir(tmp_path)

    async def body():
        async with qry_host.open(registry) as host:
            given = {"path": "made.db", "mode": "rwc"}
            made = await host.datasources.create("a", driver="sqlite", params=given)
            assert made.params["path"] == str(tmp_path / "made.db")
            changed = await host.datasources.update("a", params={"path": "./other.db"})
            assert changed.params["path"] == str(tmp_path / "other.db")
            report = await host.check(driver="sqlite", params=given)
            assert str(tmp_path / "made.db") in report.steps[0].detail
            memory = await host.datasources.update("a", params={"path": ":memory:"})
            assert memory.params["path"] == ":memory:"

    run(body())


@pytest.mark.parametrize("zero", [0, 0.0, "0", "0s", datetime.timedelta(0)])
def test_an_age_of_zero_reads_the_schema_anew(with_sqlite, zero):
    async def body(lite):
        assert len((await lite.schema()).tables) == 0
        await (await lite.execute("create table t (x)")).rows()
        assert len((await lite.schema()).tables) == 0
        assert len((await lite.schema(max_age=zero)).tables) == 1

    with_sqlite(body)


@pytest.mark.parametrize("bad", ["soon", "", False, True, -1, -0.5, float("nan"), "-1"])
def test_an_age_or_a_limit_that_makes_no_sense_is_the_callers_mistake(with_sqlite, bad):
    async def body(lite):
        with pytest.raises(qry_host.InvalidParameter) as caught:
            await lite.schema(max_age=bad)
        assert (caught.value.parameter, caught.value.origin) == ("max_age", "host")
        with pytest.raises(qry_host.InvalidParameter) as caught:
            await lite.execute("select 1", timeout=bad)
        assert (caught.value.parameter, caught.value.origin) == ("timeout", "host")

    with_sqlite(body)


def test_a_connection_string_of_libpq_is_no_registry(tmp_path, run, monkeypatch):
    monkeypatch.chdir(tmp_path)

    async def body():
        await qry_host.open("host=db password=hunter2 dbname=qry")

    with pytest.raises(qry_host.InvalidParameter) as caught:
        run(body())
    assert caught.value.parameter == "registry"
    assert "postgresql://" in caught.value.hint
    assert "hunter2" not in repr(caught.value) + caught.value.hint
    assert list(tmp_path.iterdir()) == []
