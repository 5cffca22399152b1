"""The tree of errors."""

import copy
import pickle

import pytest

import qry_host
from qry_host import dbapi
from qry_host._errors import KINDS


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda k: k.__name__)
def test_every_error_survives_pickling_with_its_attributes(kind):
    error = kind(
        "it broke", hint="mend it", sqlstate="42P01", vendor_code=7, origin="server",
        retryable=True, datasource="sales",
    )
    for again in (pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(again) is kind
        assert str(again) == "it broke"
        assert again.__dict__ == error.__dict__
        assert (again.hint, again.vendor_code, again.retryable) == ("mend it", 7, True)


def test_a_timeout_keeps_its_seconds_when_pickled():
    error = qry_host.QueryTimeout("late", limit=30.0, limit_source="default", elapsed=30.01)
    again = pickle.loads(pickle.dumps(error))
    assert (again.limit, again.limit_source, again.elapsed) == (30.0, "default", 30.01)


def test_all_errors_are_below_error_and_shown_under_the_package():
    for kind in KINDS.values():
        assert issubclass(kind, qry_host.Error)
        assert kind.__module__ == "qry_host"
        assert getattr(qry_host, kind.__name__) is kind


def test_a_hint_is_in_the_traceback_but_not_in_the_message():
    error = qry_host.NotFound("no such thing", hint="look elsewhere")
    assert str(error) == "no such thing"
    assert error.__notes__ == ["hint: look elsewhere"]


def test_a_server_error_carries_what_the_server_said(with_postgres):
    async def body(pg):
        with pytest.raises(qry_host.QueryError) as caught:
            await pg.execute("select * from nowhere")
        error = caught.value
        assert error.sqlstate == "42P01"
        assert error.origin == "server"
        assert error.datasource == "pg"
        assert error.position == 15
        assert not error.retryable
        assert str(pickle.loads(pickle.dumps(error))) == str(error)

    with_postgres(body)


def test_a_time_limit_says_which_it_was_and_where_it_was_set(with_postgres):
    async def body(pg):
        for given, source in ((0.2, "query"), (None, "datasource")):
            with pytest.raises(qry_host.QueryTimeout) as caught:
                await (await pg.execute("select pg_sleep(5)", timeout=given)).rows()
            error = caught.value
            limit = 0.2 if given else 0.4
            assert error.limit == pytest.approx(limit)
            assert source in error.limit_source
            assert limit <= error.elapsed < limit + 0.5

    with_postgres(body, timeout=0.4)


def test_the_wrong_key_answers_with_the_one_sentence(registry, postgres, run):
    async def create():
        async with qry_host.open(registry, jwt_secret_key="one") as host:
            await host.datasources.create(
                "pg", driver="postgresql", params=postgres.params, secrets=postgres.secrets
            )

    async def use():
        async with qry_host.open(registry, jwt_secret_key="two") as host:
            await (await host.datasources.get("pg")).execute("select 1")

    run(create())
    with pytest.raises(qry_host.CredentialError) as caught:
        run(use())
    assert str(caught.value) == "Could not decrypt credentials."


def test_dbapi_errors_are_in_both_trees():
    broken = qry_host.QueryError("dup", sqlstate="23505", hint="h")
    made = dbapi._errors.translate(broken)
    assert isinstance(made, dbapi.IntegrityError) and isinstance(made, qry_host.QueryError)
    assert (str(made), made.sqlstate, made.hint) == ("dup", "23505", "h")
    again = pickle.loads(pickle.dumps(made))
    assert type(again) is type(made) and again.sqlstate == "23505"
    late = dbapi._errors.translate(qry_host.QueryTimeout("late", limit=1.0))
    assert isinstance(late, dbapi.OperationalError) and late.limit == 1.0


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda k: k.__name__)
def test_every_kind_has_a_place_in_pep_249(kind):
    made = dbapi._errors.translate(kind("x"))
    assert isinstance(made, kind) and isinstance(made, dbapi.Error)
    assert pickle.loads(pickle.dumps(made)).args == ("x",)
