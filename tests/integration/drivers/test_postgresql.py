import pytest

from database import Database
from postgres import Postgres
from suite import *  # noqa: F403


@pytest.fixture(scope="module")
def database():
    with Postgres() as server:
        yield Database(
            driver="postgresql",
            params=server.params,
            secrets=server.secrets,
            unreachable={"port": 1},
            make_table=["create table people (id int primary key, name text, born date)"],
            table="people",
            as_text="$1::text",
            as_integer="$1::int",
            numbers="select g::int from generate_series(1, {n}) g",
            slow="select 1 from pg_sleep(90)",
        )
