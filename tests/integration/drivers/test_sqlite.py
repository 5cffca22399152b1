import pytest

from database import Database
from suite import *  # noqa: F403


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sqlite")
    return Database(
        driver="sqlite",
        params={"path": folder / "suite.db", "mode": "rwc"},
        secrets={},
        unreachable={"path": folder / "no-such-folder" / "suite.db"},
        make_table=["create table people (id integer not null primary key, name text, born text)"],
        table="people",
        as_text="$1",
        as_integer="$1",
        numbers="with recursive s(g) as (select 1 union all select g + 1 from s where g < {n}) select g from s",
        slow="with recursive s(g) as (select 1 union all select g + 1 from s) select count(*) from s",
    )
