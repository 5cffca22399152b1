"""Tables and columns of a real Trino, beside what its own catalogs say."""

import pytest


@pytest.fixture(scope="module")
def made(theirs):
    theirs("create table memory.default.people (id bigint not null, name varchar(20) comment 'as spelled', born date)")
    theirs("comment on table memory.default.people is 'who is who'")
    theirs("create view memory.default.names as select name from memory.default.people")
    yield
    theirs("drop view memory.default.names")
    theirs("drop table memory.default.people")


def test_tables_views_columns_and_comments_are_read(ours, made):
    async def body(source):
        return await source.schema()

    schema = ours.run(body)
    tables = {(t.catalog, t.schema, t.name): t for t in schema.tables}
    people, names = tables["memory", "default", "people"], tables["memory", "default", "names"]
    assert people.kind == "table" and people.comment == "who is who" and names.kind == "view"
    assert [(c.ordinal, c.name, c.type, c.arrow_type, c.comment) for c in people.columns] == [
        (1, "id", "bigint", "int64", None),
        (2, "name", "varchar(20)", "string", "as spelled"),
        (3, "born", "date", "date32[day]", None),
    ]


def test_every_column_of_a_catalog_is_read(server, ours, theirs):
    async def body(source):
        return await source.schema()

    schema = type(ours)({**server.plain, "catalog": "tpch"}).run(body)
    mine = {
        (t.schema, t.name, c.ordinal, c.name, c.type) for t in schema.tables for c in t.columns
    }
    other = set(
        theirs(
            "select table_schema, table_name, ordinal_position, column_name, data_type "
            "from tpch.information_schema.columns where table_schema <> 'information_schema'"
        )
    )
    assert mine == {tuple(row) for row in other} and len(mine) > 400
