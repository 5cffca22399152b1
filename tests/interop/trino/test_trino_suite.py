"""What every driver must do (tests/integration/drivers), on a real Trino."""

import os
import pathlib
import sys

import pytest

sys.path.append(str(pathlib.Path(os.environ["QRY_SOURCE"]) / "tests" / "integration" / "drivers"))

from database import Database  # noqa: E402
from suite import *  # noqa: E402, F403


@pytest.fixture(scope="module")
def database(server):
    return Database(
        driver="starburst",
        params={**server.plain, "catalog": "memory", "schema": "default"},
        secrets={},
        unreachable={"port": 1},
        make_table=["create table people (id integer not null, name varchar, born date)"],
        table="people",
        as_text="cast($1 as varchar)",
        as_integer="cast($1 as integer)",
        # sequence() makes 10,000 at most.
        numbers="select n from (select (a.n - 1) * 10000 + b.n as n from unnest(sequence(1, 15)) a(n)"
        " cross join unnest(sequence(1, 10000)) b(n)) where n <= {n}",
        slow="select count(*) from tpch.sf1.lineitem a cross join tpch.sf1.lineitem b",
    )
