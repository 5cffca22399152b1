"""What goes wrong on a real Trino: its own name, code and place, and what is left behind."""

import pytest
import trino

import qry_host


def test_an_error_has_trinos_name_code_and_place(ours):
    e = ours.fails("select 1,\n  nosuch from tpch.tiny.orders")
    assert isinstance(e, qry_host.QueryError)
    assert e.origin == "server" and e.vendor_code == 47
    assert "line 2:3" in str(e) and "nosuch" in str(e)


@pytest.mark.parametrize(
    ("sql", "sqlstate"),
    [
        ("selec 1", "42601"),
        ("select * from tpch.tiny.nosuch", "42P01"),
        ("select * from nocatalog.s.t", "3D000"),
        ("select 1/0", "22012"),
        ("select cast('x' as integer)", "22018"),
        ("select bigint '9223372036854775807' + 1", "22003"),
        ("select nosuch(1)", "42883"),
        # After rows have come.
        ("select 1 / (orderkey - 60000) from tpch.tiny.orders", "22012"),
    ],
)
def test_an_error_is_the_one_that_trinos_own_client_reports(ours, theirs, sql, sqlstate):
    with pytest.raises(trino.exceptions.TrinoQueryError) as caught:
        theirs(sql)
    e = ours.fails(sql)
    assert e.sqlstate == sqlstate and e.vendor_code == caught.value.error_code
    assert caught.value.message in str(e)


def test_too_few_and_too_many_arguments_are_refused_with_their_number(ours):
    for sql, args in (("select $1, $2", [1]), ("select $1", [1, 2])):
        e = ours.fails(sql, args)
        assert isinstance(e, qry_host.InvalidParameter)
        assert f"{sql.count('$')} argument" in str(e) and f"but {len(args)} were given" in str(e)


def test_a_write_says_how_many_rows_it_wrote(ours):
    async def body(source):
        await (await source.execute("create table memory.default.written (a integer)")).rows()
        result = await source.execute("insert into memory.default.written values 1, 2, 3")
        await result.rows()
        written = result.rows_affected
        count = await (await source.execute("select count(*) from memory.default.written")).rows()
        await (await source.execute("drop table memory.default.written")).rows()
        return written, count

    assert ours.run(body) == (3, [(3,)])


def test_a_session_property_reaches_nobody_else(ours):
    async def body(source):
        await (await source.execute("set session query_priority = 7")).rows()
        rows = await (await source.execute("show session like 'query_priority'")).rows()
        return rows[0][1]

    # The pool resets a session before the next query has it.
    assert ours.run(body) == "1"


def test_an_empty_result_has_its_columns(ours):
    async def body(source):
        result = await source.execute("select orderkey, comment from tpch.tiny.orders where false")
        names = [c.name for c in result.columns]
        return names, await result.rows()

    assert ours.run(body) == (["orderkey", "comment"], [])
