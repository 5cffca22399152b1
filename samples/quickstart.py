"""What a service does with qry_host: open the host, read a schema, run queries, take rows.

Run by samples/quickstart.sh, which has added the datasources named on the command line.
"""

import asyncio
import sys

import qry_host


async def show(host: qry_host.Host, name: str) -> None:
    source = await host.datasources.get(name)
    report = await source.test()
    print(f"{name}: {source.driver}, server {report.server_version}, ok={report.ok}")

    schema = await source.schema()
    print(f"  {len(schema.tables)} tables, read {schema.age:.1f} s ago")
    print("  " + schema.prompt(tokens=60, question="totals of orders").replace("\n", "\n  "))

    result = await source.execute(
        "select id, total from orders where total > $1 order by total desc", [50], limit=3
    )
    for row in await result.rows():
        print("  row:", row)

    try:
        await source.execute("select missing from nowhere")
    except qry_host.QueryError as e:
        print(f"  a wrong query: {e} (sqlstate {e.sqlstate})")


async def main(names: list[str]) -> None:
    async with qry_host.open() as host:
        for name in names:
            await show(host, name)


asyncio.run(main(sys.argv[1:]))
