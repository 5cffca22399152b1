import pytest

from database import Database
from redshift import Redshift
from suite import *  # noqa: F403


@pytest.fixture(scope="module")
def database():
    with Redshift("digest") as server:
        yield Database(
            driver="redshift",
            params={**server.params, "user": server.user},
            secrets={"password": server.password},
            unreachable={"port": 1},
            make_table=["create table people (id int primary key, name varchar(40), born date)"],
            table="people",
            as_text="$1::varchar",
            as_integer="$1::int",
            numbers="select g::int from generate_series(1, {n}) g",
            slow="select count(*) from (select pg_sleep(90)) s",
        )
