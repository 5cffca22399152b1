"""How the package is used, for the type checker; runs too, given a registry and a file."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import qry_host
from qry_host import dbapi


def show(step: qry_host.TestStep) -> None:
    print(step.name, step.ok)


async def main(registry: str, path: str) -> list[tuple[Any, ...]]:
    async with qry_host.open(registry) as host:
        names: list[str] = [driver.name for driver in host.drivers()]
        assert "sqlite" in names
        lite = await host.datasources.create(
            "lite", driver="sqlite", params={"path": path, "mode": "rwc"}, timeout="5m"
        )
        report: qry_host.TestReport = await lite.test(on_step=show)
        assert report.ok
        schema: qry_host.Schema = await lite.schema(max_age=60)
        for table in schema.tables:
            columns: list[qry_host.Column] = table.columns
            assert columns
        try:
            await lite.execute("selec 1")
        except qry_host.QueryError as error:
            hint: str | None = error.hint
            assert hint is None or hint
        async with await lite.execute("select $1 as n", [1], timeout=3.5, limit=10) as result:
            async for batch in result:
                assert batch.num_rows == 1
        table_in_memory: qry_host.ArrowTable = await (await lite.execute("select 1")).read_all()
        assert len(table_in_memory) == 1
        return await (await lite.execute("select 2")).rows()


def blocking(registry: str) -> tuple[Any, ...] | None:
    with dbapi.connect("lite", registry=registry) as connection:
        with connection.cursor() as cursor:
            cursor.execute("select ?", [3])
            return cursor.fetchone()


if __name__ == "__main__":
    print(asyncio.run(main(*sys.argv[1:3])), blocking(sys.argv[1]))
