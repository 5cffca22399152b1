"""PEP 249, on SQLite and PostgreSQL."""

import datetime
import os
import signal
import threading
import time

import pytest

import qry_host
from qry_host import dbapi


@pytest.fixture
def lite(tmp_path):
    params = {"path": tmp_path / "d.db", "mode": "rwc"}
    with dbapi.connect(driver="sqlite", params=params) as connection:
        connection.execute("create table t (id integer primary key, name text)")
        yield connection


def test_the_module_says_what_it_is():
    assert (dbapi.apilevel, dbapi.paramstyle, dbapi.threadsafety) == ("2.0", "qmark", 2)
    for name in ("Warning", "Error", "InterfaceError", "DatabaseError", "DataError",
                 "OperationalError", "IntegrityError", "InternalError", "ProgrammingError",
                 "NotSupportedError"):
        assert issubclass(getattr(dbapi, name), Exception)
        assert getattr(dbapi.Connection, name) is getattr(dbapi, name)


def test_rows_are_fetched_one_some_and_all(lite):
    cursor = lite.cursor()
    cursor.executemany("insert into t values (?, ?)", [(i, f"n{i}") for i in range(10)])
    assert cursor.rowcount == 10
    assert cursor.description is None
    cursor.execute("select id, name from t where id >= ? order by id", [2])
    assert [d[0] for d in cursor.description] == ["id", "name"]
    assert all(len(d) == 7 for d in cursor.description)
    assert cursor.description[0][1] == dbapi.NUMBER
    assert cursor.description[1][1] == dbapi.STRING != dbapi.NUMBER
    assert cursor.fetchone() == (2, "n2")
    assert cursor.fetchmany() == [(3, "n3")]
    assert cursor.fetchmany(2) == [(4, "n4"), (5, "n5")]
    assert cursor.rownumber == 4
    assert next(cursor) == (6, "n6")
    assert cursor.fetchall() == [(7, "n7"), (8, "n8"), (9, "n9")]
    assert cursor.fetchone() is None and cursor.fetchall() == [] and list(cursor) == []


def test_question_marks_in_literals_and_comments_are_not_parameters(lite):
    sql = "select '?', ? /* ? */ -- ?"
    assert lite.execute(sql, ["x"]).fetchall() == [("?", "x")]
    assert lite.execute("select '?'").fetchall() == [("?",)]


def test_too_few_parameters_are_counted(lite):
    with pytest.raises(dbapi.ProgrammingError, match="2 placeholders, but 1 parameters"):
        lite.execute("select ?, ?", [1])


def test_errors_are_in_both_trees(lite):
    lite.execute("insert into t values (1, 'a')")
    with pytest.raises(dbapi.IntegrityError) as caught:
        lite.execute("insert into t values (1, 'b')")
    assert isinstance(caught.value, qry_host.QueryError)
    with pytest.raises(dbapi.ProgrammingError):
        lite.execute("selec 1")
    with pytest.raises(dbapi.ProgrammingError, match=r"\$1.*object"):
        lite.execute("select ?", [object()])
    with pytest.raises(dbapi.ProgrammingError, match="no rows to fetch"):
        lite.cursor().fetchone()


def test_commit_has_nothing_to_do_and_rollback_says_so(lite):
    lite.commit()
    with pytest.raises(dbapi.NotSupportedError, match="each statement commits by itself"):
        lite.rollback()


def test_what_is_closed_says_so(tmp_path):
    connection = dbapi.connect(driver="sqlite", params={"path": tmp_path / "x.db", "mode": "rwc"})
    cursor = connection.execute("select 1")
    cursor.close()
    cursor.close()
    with pytest.raises(dbapi.InterfaceError, match="cursor is closed"):
        cursor.fetchone()
    connection.close()
    connection.close()
    with pytest.raises(dbapi.InterfaceError, match="connection is closed"):
        connection.cursor()


def test_connect_takes_a_name_or_a_driver_not_both(tmp_path):
    for wrong in ({}, {"datasource": "a", "driver": "sqlite"}):
        with pytest.raises(dbapi.InterfaceError, match="either"):
            dbapi.connect(**wrong)
    with pytest.raises(dbapi.InterfaceError, match="stores nothing"):
        dbapi.connect(driver="sqlite", params={}, registry="x")


def test_a_stored_datasource_is_connected_by_name(registry, tmp_path, run):
    async def create():
        async with qry_host.open(registry) as host:
            await host.datasources.create(
                "lite", driver="sqlite", params={"path": tmp_path / "s.db", "mode": "rwc"}
            )
            # A host that is open already serves too, from another thread.
            import asyncio

            def other():
                with dbapi.connect("lite", host=host) as c:
                    return c.execute("select 5").fetchall()

            return await asyncio.to_thread(other)

    assert run(create()) == [(5,)]
    with dbapi.connect("lite", registry=registry) as connection:
        assert connection.execute("select 6").fetchall() == [(6,)]
    with pytest.raises(dbapi.ProgrammingError) as caught:
        dbapi.connect("nobody", registry=registry)
    assert isinstance(caught.value, qry_host.NotFound)


def test_threads_may_share_a_connection(lite):
    got = []

    def work(n):
        for i in range(20):
            got.append(lite.execute("select ?", [n * 100 + i]).fetchone()[0])

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(20)
    assert sorted(got) == sorted(n * 100 + i for n in range(4) for i in range(20))


def test_arrow_comes_out_of_a_cursor(lite):
    table = lite.execute("select 1 as a union all select 2").fetch_arrow_table()
    assert len(table) == 2 and table.columns == ["a"]


@pytest.fixture
def pg(postgres):
    with dbapi.connect(
        driver="postgresql", params=postgres.params, secrets=postgres.secrets
    ) as connection:
        yield connection


def test_postgresql_values_and_operators(pg):
    day = datetime.date(2024, 5, 6)
    assert pg.execute("select ?::date, ?::text", [day, None]).fetchall() == [(day, None)]
    sql = """select '{"a":1}'::jsonb ?? ?::text"""
    assert pg.execute(sql, ["a"]).fetchall() == [(True,)]


def test_ctrl_c_stops_the_query_at_its_server(pg, postgres):
    def interrupt():
        while postgres.active("press-ctrl-c") == 0:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    helper = threading.Thread(target=interrupt)
    helper.start()
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        pg.execute("select pg_sleep(60) /* press-ctrl-c */")
    helper.join()
    assert time.monotonic() - start < 10
    assert pg.execute("select 1").fetchall() == [(1,)]
    deadline = time.monotonic() + 2
    while postgres.active("press-ctrl-c") > 0:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_time_limit_is_an_operational_error(pg):
    with pytest.raises(dbapi.OperationalError) as caught:
        pg.cursor().execute("select pg_sleep(10)", timeout=0.2)
    assert isinstance(caught.value, qry_host.QueryTimeout)
    assert caught.value.limit == 0.2
