"""The PostgreSQL server that run.sh started: where it is, what is in it, which CPU it runs on."""

from __future__ import annotations

import os
from urllib.parse import quote

HOST = "127.0.0.1"
PORT = int(os.environ.get("QRY_BENCH_PORT", "5432"))
USER = "qry"
PASSWORD = os.environ.get("QRY_BENCH_PASSWORD", "")
DATABASE = os.environ.get("QRY_BENCH_DATABASE", "postgres")
FOLDER = os.environ.get("QRY_BENCH_FOLDER", "/tmp")
ROWS = int(os.environ.get("QRY_BENCH_ROWS", "1000000"))
TABLES = int(os.environ.get("QRY_BENCH_TABLES", "10000"))

PARAMS = {"host": HOST, "port": str(PORT), "dbname": DATABASE, "user": USER}
KEYWORDS = {"host": HOST, "port": PORT, "user": USER, "password": PASSWORD}


def uri(database: str = DATABASE) -> str:
    return f"postgresql://{USER}:{quote(PASSWORD, safe='')}@{HOST}:{PORT}/{database}"


TEXT_ROWS = max(ROWS // 5, 1)
MIXED = (
    "g::int4 as id, g::int8 * 1000003 as big, g / 7.0::float8 as ratio, "
    "(g % 100000 * 1.01)::numeric(12, 2) as amount, 'label ' || g % 1000 as label, "
    "timestamptz '2024-01-01' + g * interval '1 second' as at, g % 3 = 0 as flag"
)


def _nulls() -> str:
    names = ("id", "big", "ratio", "amount", "label", "at", "flag")
    casts = ("", "", "", "::numeric(12, 2)", "", "", "")  # what "case" forgets
    return ", ".join(
        f"(case when (g * {factor}) % 10 >= 3 then {name} end){cast} as {name}"
        for factor, name, cast in zip((1, 3, 7, 9, 11, 13, 17), names, casts)
    )


def _table(name: str, columns: str, rows: int, of: str = "generate_series(1, {rows}) g") -> str:
    return (
        f"create unlogged table if not exists {name} as "
        f"select {columns} from {of.format(rows=rows)}; vacuum analyze {name}"
    )


# A table of each shape, by its name.
TABLES_SQL = {
    "bulk": _table("bulk", MIXED, ROWS),
    "integers": _table(
        "integers",
        ", ".join(f"(g * {i + 3} % 1000003)::int{4 if i < 5 else 8} as i{i}" for i in range(10)),
        ROWS,
    ),
    "decimals": _table(
        "decimals",
        "g::int4 as id, "
        + ", ".join(f"(g * {i}.0137 - 500)::numeric(18, 4) as d{i}" for i in range(1, 5))
        + ", (g * 123456789012345.678901)::numeric(38, 6) as wide",
        ROWS,
    ),
    "nulls": _table("nulls", _nulls(), ROWS, f"(select g, {MIXED} from generate_series(1, {{rows}}) g) m"),
    "text": _table(
        "text",
        "g::int4 as id, substr(repeat(md5(g::text) || ' é ', 30), 1, 600 + g % 400) as body",
        TEXT_ROWS,
    ),
}


async def make(name: str) -> None:
    """The table of that shape, if it is not there yet."""
    import asyncpg

    pg = await asyncpg.connect(database=DATABASE, **KEYWORDS)
    try:
        for statement in TABLES_SQL[name].split("; "):
            await pg.execute(statement)
    finally:
        await pg.close()


def postmaster() -> int:
    with open(os.path.join(FOLDER, "pg", "data", "postmaster.pid"), encoding="ascii") as f:
        return int(f.readline())


def pin(server: set[int], client: set[int]) -> None:
    """Backends and peers inherit it: to be called before any of them is there."""
    import usage

    for process in [postmaster(), *usage.children(postmaster())]:
        os.sched_setaffinity(process, server)
    os.sched_setaffinity(0, client)
