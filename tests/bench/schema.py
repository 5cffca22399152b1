"""Workloads 12 and 14: reading the catalog of many tables, and asking what was read."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import time
from typing import Any

import server
from clients import INLINE, WORKER, Limit, Qry, both, command
from workload import Goal, Peer, Workload

# Database: how many tables, their columns.
SHAPES = {
    "wide": (server.TABLES, "id int primary key, "
             + ", ".join(f"c{i} text" for i in range(2, 21))),
    "broad": (10 * server.TABLES, "id int, customer int, amount int, created int, note int"),
}
NAMES = ("customer", "orders", "invoice", "payment", "shipment", "product", "stock", "refund")
QUESTION = "Which customer paid invoice 4711 late?"


async def make(database: str) -> None:
    import asyncpg

    tables, columns = SHAPES[database]
    pg = await asyncpg.connect(database=server.DATABASE, **server.KEYWORDS)
    there = await pg.fetchval("select count(*) from pg_database where datname = $1", database)
    if not there:
        await pg.execute(f"create database {database}")
    await pg.close()
    if there:
        return
    pg = await asyncpg.connect(database=database, **server.KEYWORDS)
    for begin in range(1, tables + 1, 500):
        await pg.execute(";".join(
            f"create table {NAMES[i % len(NAMES)]}_{i} ({columns})"
            for i in range(begin, min(begin + 500, tables + 1))
        ))
    await pg.execute("vacuum analyze")
    await pg.close()


def script(database: str) -> tuple[str, int]:
    """The very SQL that a refresh sends, as a file for psql, and how many statements it has. Taken
    from the server's log by QryIntrospect.open."""
    path = os.path.join(server.FOLDER, f"introspect-{database}.sql")
    with open(path, encoding="utf-8") as f:
        return path, f.read().count("-- statement")


async def take_script(database: str, refresh: Any) -> None:
    import asyncpg

    pg = await asyncpg.connect(database=database, **server.KEYWORDS)

    async def log(change: str) -> None:
        await pg.execute(f"alter system {change}")
        await pg.execute("select pg_reload_conf()")
        await asyncio.sleep(0.2)  # backends look when they are next idle

    path = os.path.join(server.FOLDER, "pg", "log")
    before = os.path.getsize(path)
    await log("set log_statement = 'all'")
    await refresh()
    await log("reset log_statement")
    await pg.close()
    with open(path, "rb") as f:
        f.seek(before)
        entries = re.split(r"^\d{4}-\d\d-\d\d .*?\] ", f.read().decode(), flags=re.MULTILINE)
    queries = [
        re.sub(r"\$\d+", "null", entry.split(": ", 2)[2]).strip()
        for entry in entries
        if entry.startswith("LOG:  execute") and "pg_catalog" in entry
    ]
    with open(os.path.join(server.FOLDER, f"introspect-{database}.sql"), "w", encoding="utf-8") as f:
        f.write("".join(f"-- statement\n{query};\n" for query in queries))


class QryIntrospect(Qry):
    def __init__(self, database: str) -> None:
        self.database = database

    async def open(self) -> None:
        await super().open()
        if self.isolation == "inline":
            await take_script(self.database, self.source.refresh_schema)

    async def run(self) -> Any:
        await self.source.refresh_schema()

    async def check(self, result: Any) -> object:
        tables = (await self.source.schema()).tables
        found = [table for table in tables if table.schema == "public"]
        return [len(found), sum(len(table.columns) for table in found)]

    def figures(self, result: Any) -> dict[str, float]:
        return {"round trips": script(self.database)[1]}


class LimitPsql(Peer):
    def __init__(self, database: str) -> None:
        self.database = database

    async def run(self) -> Any:
        path, _ = script(self.database)
        subprocess.run(["psql", "-qAtX", "-o", "/dev/null", "-f", path, server.uri(self.database)],
                       check=True)

    async def check(self, result: Any) -> object:
        return None


class AdbcObjects(Peer):
    def __init__(self, database: str) -> None:
        self.database = database

    async def open(self) -> None:
        import adbc_driver_postgresql.dbapi as adbc

        self.pg = adbc.connect(server.uri(self.database))

    async def run(self) -> Any:
        return self.pg.adbc_get_objects(
            depth="all", catalog_filter=self.database, db_schema_filter="public"
        ).read_all()

    async def check(self, result: Any) -> object:
        found = [table for catalog in result.to_pylist()
                 for schema in catalog["catalog_db_schemas"] or ()
                 for table in schema["db_schema_tables"] or ()
                 if table["table_type"] == "table"]
        return [len(found), sum(len(table["table_columns"]) for table in found)]


class Alchemy(Peer):
    def __init__(self, database: str) -> None:
        self.database = database

    async def open(self) -> None:
        import sqlalchemy

        self.engine = sqlalchemy.create_engine(
            server.uri(self.database).replace("postgresql:", "postgresql+psycopg:", 1)
        )
        with self.engine.connect():
            pass

    async def run(self) -> Any:
        import sqlalchemy

        found = sqlalchemy.MetaData()
        found.reflect(self.engine)
        return found

    async def check(self, result: Any) -> object:
        tables = result.tables.values()
        return [len(tables), sum(len(table.columns) for table in tables)]


def introspect(title: str, database: str, others: dict[str, type], **more: Any) -> Workload:
    peers = {**both(QryIntrospect), "limit: psql": LimitPsql, **others}
    goals = [
        Goal(INLINE, 1.25, "limit: psql"), Goal(INLINE, 1 / 40, "adbc"),
        Goal(INLINE, float("inf"), "sqlalchemy"), Goal(INLINE, 6, figure="round trips", unit=""),
        Goal(WORKER, 1.25, "limit: psql"), Goal(WORKER, 1 / 40, "adbc"),
    ]
    return Workload(
        12, title,
        {who: (lambda peer=peer: peer(database)) for who, peer in peers.items()}, goals,
        prepare=lambda: make(database), few={"adbc": 0, "sqlalchemy": 0}, **more,
    )


class Prompt(Qry):
    """The answer to one question, CALLERS times over: after another, or from threads at once."""

    database = "broad"
    calls = 20

    async def open(self) -> None:
        await super().open()
        self.schema = await self.source.schema()

    async def run(self) -> Any:
        for _ in range(self.calls):
            told = self.schema.prompt(tokens=4000, question=QUESTION)
        return told


class PromptByMany(Prompt):
    """A thousand callers, each of whom gets the schema from the cache and asks it."""

    calls = 1000

    async def run(self) -> Any:
        async def caller() -> str:
            return (await self.source.schema()).prompt(tokens=4000, question=QUESTION)

        return (await asyncio.gather(*(caller() for _ in range(self.calls))))[0]

    def figures(self, result: Any) -> dict[str, float]:
        return {}


class Memcpy(Prompt):
    async def open(self) -> None:
        await super().open()
        self.answer = bytearray(self.schema.prompt(tokens=4000, question=QUESTION).encode())

    async def run(self) -> Any:
        for _ in range(self.calls):
            copied = bytes(self.answer)
        return copied

    async def check(self, result: Any) -> object:
        return result.decode()


def prompt(title: str, asked: type, calls: int, **more: Any) -> Workload:
    limit = type("Limit", (Memcpy,), {"calls": calls})
    return Workload(
        14, title, {INLINE: asked, "limit: memcpy": limit},
        [Goal(INLINE, 0.005), Goal(INLINE, float("inf"), "limit: memcpy")],
        prepare=lambda: make("broad"), per=calls, **more,
    )


WORKLOADS = {
    "introspect": introspect(
        f"the catalog of {SHAPES['wide'][0]:,} tables of 20 columns", "wide",
        {"adbc": AdbcObjects, "sqlalchemy": Alchemy},
    ),
    "introspect-many": introspect(
        f"the catalog of {SHAPES['broad'][0]:,} tables of 5 columns", "broad", {},
    ),
    "prompt": prompt(
        f"a prompt for one question out of {SHAPES['broad'][0]:,} tables", Prompt, Prompt.calls),
    "prompt-callers": prompt(
        "the same asked by 1,000 callers of the cache", PromptByMany, PromptByMany.calls),
}
