"""Whatever is given in place of an argument: the error names the argument, and shows no secret."""

import traceback

import pytest

import qry_host
from qry_host import dbapi

SECRET = "hunter2-of-the-test"
# What cannot be encoded keeps the whole text in its exception.
TORN = SECRET + "\ud800"
PARAMS = {"path": ":memory:"}


def texts(error):
    """All that hangs on an exception and could be printed."""
    seen = []
    while error is not None:
        seen += [str(error), repr(error), repr(error.args), repr(getattr(error, "object", ""))]
        seen += [repr(vars(error)), "".join(traceback.format_exception_only(error))]
        error = error.__cause__ or error.__context__
    return "\n".join(seen)


def refused(error, argument):
    assert SECRET not in texts(error)
    assert argument in str(error)
    assert isinstance(error, (TypeError, qry_host.InvalidParameter)), error


# Argument given, what the error has to name, values.
CREATE = [
    ("name", "name", [5, b"x", None, TORN, {"password": SECRET}]),
    ("driver", "driver", [5, b"sqlite", None, TORN]),
    ("params", "params", [5, SECRET, [SECRET], {5: SECRET}, {TORN: "x"}]),
    ("params", "path", [{"path": [SECRET]}, {"path": TORN}]),
    ("secrets", "secrets", [5, SECRET, [SECRET], {5: SECRET}, {TORN: "x"}]),
    ("secrets", "password", [{"password": [SECRET]}, {"password": TORN}]),
    ("timeout", "timeout", [[SECRET], {"password": SECRET}, TORN, b"5s", True, object(), 1 << 80]),
    ("pool_min_size", "pool_min_size", ["1", True, 1.0, 1 << 40, 1 << 80, None]),
    ("pool_max_size", "pool_max_size", ["1", False, [SECRET], 1 << 80, None]),
    ("isolation", "isolation", [5, b"process", TORN]),
]
WRONG = [(key, argument, v) for key, argument, values in CREATE for v in values]
OPTIONAL = {"pool_min_size", "pool_max_size", "params"}


def shown(value):
    return type(value).__name__ if not isinstance(value, str) else value[:20]


@pytest.mark.parametrize("key, argument, value", WRONG, ids=shown)
def test_create_names_what_is_wrong_and_shows_no_secret(registry, run, key, argument, value):
    async def body():
        async with qry_host.open(registry) as host:
            given = {"name": "a", "driver": "sqlite", "params": PARAMS}
            given["secrets"] = {"password": SECRET}
            given[key] = value
            with pytest.raises((TypeError, qry_host.Error)) as caught:
                await host.datasources.create(given.pop("name"), **given)
            refused(caught.value, argument)

    run(body())


@pytest.mark.parametrize("key, argument, value", WRONG, ids=shown)
def test_update_names_what_is_wrong_and_shows_no_secret(registry, run, key, argument, value):
    if key == "driver" or (value is None and key in OPTIONAL):
        return

    async def body():
        async with qry_host.open(registry) as host:
            await host.datasources.create("a", driver="sqlite", params=PARAMS)
            given = {"name": "a", "secrets": {"password": SECRET}, key: value}
            with pytest.raises((TypeError, qry_host.Error)) as caught:
                await host.datasources.update(given.pop("name"), **given)
            refused(caught.value, argument)

    run(body())


@pytest.mark.parametrize("key, argument, value", WRONG, ids=shown)
def test_check_names_what_is_wrong_and_shows_no_secret(registry, run, key, argument, value):
    if key not in ("driver", "params", "secrets", "timeout"):
        return

    async def body():
        async with qry_host.open(registry) as host:
            given = {"driver": "sqlite", "params": PARAMS, "secrets": {"password": SECRET}}
            given[key] = value
            with pytest.raises((TypeError, qry_host.Error)) as caught:
                await host.check(**given)
            refused(caught.value, argument)

    run(body())


@pytest.mark.parametrize(
    "argument, sql, args, more",
    [
        ("sql", b"select 'hunter2-of-the-test'", (), {}),
        ("sql", None, [SECRET], {}),
        ("sql", TORN, (), {}),
        ("args", "select 1", SECRET, {}),
        ("args", "select 1", {"password": SECRET}, {}),
        ("args", "select 1", {SECRET}, {}),
        ("args", "select 1", frozenset([SECRET]), {}),
        ("args", "select 1", 5, {}),
        ("args", "select 1", None, {}),
        ("$1", "select $1", [TORN], {}),
        ("$1", "select $1", [object()], {}),
        ("$1", "select $1", [[SECRET, 5]], {}),
        ("limit", "select $1", [SECRET], {"limit": True}),
        ("limit", "select $1", [SECRET], {"limit": "5"}),
        ("limit", "select $1", [SECRET], {"limit": 1.0}),
        ("limit", "select $1", [SECRET], {"limit": 1 << 63}),
        ("limit", "select $1", [SECRET], {"limit": -1}),
        ("timeout", "select $1", [SECRET], {"timeout": [SECRET]}),
        ("options", "select $1", [SECRET], {"options": 5}),
        ("options", "select $1", [SECRET], {"options": {5: SECRET}}),
        ("key", "select $1", [SECRET], {"options": {"key": TORN}}),
    ],
    ids=shown,
)
def test_execute_names_what_is_wrong_and_shows_no_secret(with_sqlite, argument, sql, args, more):
    async def body(lite):
        with pytest.raises((TypeError, qry_host.Error)) as caught:
            await lite.execute(sql, args, **more)
        refused(caught.value, argument)
        with pytest.raises((TypeError, qry_host.Error)) as caught:
            await lite.execute(sql=sql, args=args, **more)
        refused(caught.value, argument)

    with_sqlite(body)


@pytest.mark.parametrize(
    "argument, given",
    [
        ("registry", {"registry": 5}),
        ("registry", {"registry": {"password": SECRET}}),
        ("registry", {"registry": "postgresql://u:" + TORN + "@h/d"}),
        ("jwt_secret_key", {"jwt_secret_key": [SECRET]}),
        ("jwt_secret_key", {"jwt_secret_key": TORN}),
        ("jwt_secret_key_previous", {"jwt_secret_key_previous": [[SECRET]]}),
        ("jwt_secret_key_previous", {"jwt_secret_key_previous": TORN}),
        ("jwt_secret_key_previous", {"jwt_secret_key_previous": 5}),
        ("plugin_path", {"plugin_path": [{"password": SECRET}]}),
        ("plugin_path", {"plugin_path": 5}),
        ("isolation", {"isolation": 5}),
        ("isolation", {"isolation": TORN}),
    ],
    ids=shown,
)
def test_open_names_what_is_wrong_and_shows_no_secret(registry, run, argument, given):
    async def body():
        given.setdefault("registry", registry)
        given.setdefault("jwt_secret_key", SECRET)
        async with qry_host.open(**given):
            pass

    with pytest.raises((TypeError, qry_host.Error)) as caught:
        run(body())
    refused(caught.value, argument)


@pytest.mark.parametrize("address", [5, {"password": SECRET}, [SECRET]], ids=shown)
def test_connect_names_its_address(run, address):
    async def body():
        await qry_host.connect(address)

    with pytest.raises(TypeError) as caught:
        run(body())
    refused(caught.value, "address")


@pytest.mark.parametrize("name", [5, b"a", None, TORN], ids=shown)
def test_looking_for_a_datasource_names_what_is_wrong(registry, run, name):
    async def body():
        async with qry_host.open(registry) as host:
            calls = (host.datasources.get, host.datasources.remove)
            for call in (*calls, lambda n: host.datasources.rename(n, "b")):
                with pytest.raises((TypeError, qry_host.InvalidParameter)) as caught:
                    await call(name)
                refused(caught.value, "name")
            if name is not None:
                with pytest.raises((TypeError, qry_host.InvalidParameter)) as caught:
                    await host.datasources.rename("a", name)
                refused(caught.value, "new_name")

    run(body())


@pytest.mark.parametrize(
    "argument, given",
    [
        ("params", {"params": [SECRET]}),
        ("path", {"params": {"path": TORN}}),
        ("secrets", {"params": PARAMS, "secrets": SECRET}),
        ("password", {"params": PARAMS, "secrets": {"password": TORN}}),
        ("password", {"params": PARAMS, "secrets": {"password": [SECRET]}}),
    ],
    ids=shown,
)
def test_dbapi_connect_shows_no_secret(argument, given):
    with pytest.raises(dbapi.Error) as caught:
        dbapi.connect(driver="sqlite", **given)
    assert SECRET not in texts(caught.value)
    assert argument in str(caught.value)


@pytest.mark.parametrize(
    "argument, sql, parameters",
    [
        ("sql", b"select 'hunter2-of-the-test'", None),
        ("sql", b"select 'hunter2-of-the-test', ?", [1]),
        ("sql", TORN, None),
        ("sql", TORN, [1]),
        ("$1", "select ?", [TORN]),
        ("parameters", "select ?", {"password": SECRET}),
        ("parameters", "select ?", {SECRET}),
        ("parameters", "select ?", "x"),
        ("parameters", "select ?", 5),
    ],
    ids=shown,
)
def test_a_cursor_shows_no_secret(argument, sql, parameters):
    with dbapi.connect(driver="sqlite", params=PARAMS) as connection:
        with pytest.raises(dbapi.Error) as caught:
            connection.execute(sql, parameters)
        assert SECRET not in texts(caught.value)
        assert argument in str(caught.value)


def test_a_schema_names_what_is_wrong(with_sqlite):
    async def body(lite):
        schema = await lite.schema()
        for argument, call in (
            ("name", lambda: schema.table(5)),
            ("text", lambda: schema.search(TORN)),
            ("limit", lambda: schema.search("x", True)),
            ("limit", lambda: schema.search("x", -1)),
            ("tokens", lambda: schema.prompt("x")),
            ("tokens", lambda: schema.prompt(-1)),
            ("question", lambda: schema.prompt(question=TORN)),
        ):
            with pytest.raises((TypeError, qry_host.InvalidParameter)) as caught:
                call()
            refused(caught.value, argument)

    with_sqlite(body)
