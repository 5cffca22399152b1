"""What the suite must know of a database: where it is, and how it says what all of them can."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from typing import Any

import qry_host


@dataclasses.dataclass
class Database:
    driver: str
    params: dict[str, Any]
    secrets: dict[str, str]
    # Laid over params: where nobody listens, or nothing is.
    unreachable: dict[str, Any]
    # Statements that make the table of the suite, and its name as the database shows it: `id` a
    # whole number that is not null (the key, where there are keys), `name` a text, `born` a date.
    make_table: list[str]
    table: str
    # What makes a text of any type: the argument's type in this dialect.
    as_text: str
    as_integer: str
    # Rows 1 to N in one column; runs for a minute and more.
    numbers: str
    slow: str

    def run(self, body: Callable[..., Awaitable[Any]], **options: Any) -> Any:
        """`body` is an async function of the host and the datasource."""

        async def main() -> Any:
            async with qry_host.open(":memory:", jwt_secret_key="k") as host:
                source = await host.datasources.create(
                    "tested", driver=self.driver, params=self.texts(self.params),
                    secrets=self.secrets, **options,
                )
                return await body(host, source)

        return asyncio.run(main())

    @staticmethod
    def texts(params: dict[str, Any]) -> dict[str, str]:
        return {name: str(value) for name, value in params.items()}


async def rows(source: qry_host.Datasource, sql: str, args: Any = (), **options: Any) -> list[tuple[Any, ...]]:
    return await (await source.execute(sql, args, **options)).rows()
