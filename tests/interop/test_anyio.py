"""anyio's cancel scopes, at random moments: each scope ends, and the session is there for the next."""

import random

import anyio
import qry_host

RUNS = 1000


def test_cancel_scopes_lose_nothing(postgres):
    params = {name: str(value) for name, value in postgres.items()}
    secrets = {"password": params.pop("password")}

    async def body():
        dice = random.Random(7)
        cut = 0
        async with qry_host.open(":memory:", jwt_secret_key="k") as host:
            pg = await host.datasources.create(
                "pg", driver="postgresql", params=params, secrets=secrets, pool_max_size=1
            )
            for i in range(RUNS):
                with anyio.move_on_after(dice.uniform(0, 0.01)) as scope:
                    result = await pg.execute("select $1::int8 from pg_sleep(0.005)", [i])
                    assert await result.rows() == [(i,)]
                cut += scope.cancelled_caught
                if i % 20 == 0:
                    with anyio.fail_after(10):
                        assert await (await pg.execute("select 1")).rows() == [(1,)]
            assert pg.pool.waiting == 0
        print(f"figure: row 18, anyio: {cut} of {RUNS} scopes cut a query short, 0 lost")
        assert 0 < cut < RUNS

    anyio.run(body)
