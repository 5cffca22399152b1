"""Redshift: our driver and Amazon's own client on the same server, and IAM logins against moto.

Amazon's client qualifies the stand-in: what it reads there as we do, Redshift sends in that form.
"""

import asyncio
import datetime
import decimal
import json
import os
import time
import urllib.parse
import urllib.request

import pytest
import redshift_connector

import qry_host

from moto_server import Moto
from redshift import Redshift

os.environ["QRY_EGRESS_ALLOW"] = "127.0.0.0/8"


@pytest.fixture(scope="module", params=["digest", "md5", "plain"])
def server(request):
    with Redshift(request.param) as started:
        yield started


@pytest.fixture(scope="module")
def digest():
    with Redshift("digest") as started:
        yield started


@pytest.fixture(scope="module")
def amazon():
    with Moto() as started:
        create = {
            "Action": "CreateCluster", "Version": "2012-12-01", "ClusterIdentifier": "sales", "DBName": "postgres",
            "NodeType": "ra3.large", "MasterUsername": "admin", "MasterUserPassword": "Passw0rd1",
        }
        request = urllib.request.Request(
            started.url + "/", data=urllib.parse.urlencode(create).encode(),
            headers={"Authorization": "AWS4-HMAC-SHA256 Credential=x/20240101/eu-west-1/redshift/aws4_request, SignedHeaders=host, Signature=0"},
        )
        urllib.request.urlopen(request, timeout=30).close()
        yield started


def run(params, secrets, body):
    async def main():
        async with qry_host.open(":memory:", jwt_secret_key="k") as host:
            source = await host.datasources.create(
                "warehouse", driver="redshift", params={k: str(v) for k, v in params.items()}, secrets=secrets
            )
            return await body(source)

    return asyncio.run(main())


def rows(params, secrets, sql, args=()):
    async def body(source):
        return await (await source.execute(sql, args)).rows()

    return run(params, secrets, body)


def ours(server, sql, args=()):
    return rows({**server.params, "user": server.user}, {"password": server.password}, sql, args)


def theirs(server, sql, protocol=0):
    # Its TLS takes the certificates of the system and its own bundle only.
    with redshift_connector.connect(
        host="localhost", port=server.port, database="postgres", user=server.user, password=server.password,
        ssl=False, client_protocol_version=protocol,
    ) as connection:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return [tuple(row) for row in cursor.fetchall()]


# Cells that Amazon's client reads from the stand-in as we do.
SAME = [
    "true", "null::bool", "(-32768)::smallint", "2147483647::integer", "'-9223372036854775808'::bigint",
    "null::bigint", "1.5::real", "0.1::float8", "'-0'::float8", "'Infinity'::float8",
    "12.50::numeric(10,2)", "(-0.01)::numeric(38,37)", "99999999999999999999999999999999999999::numeric(38,0)",
    "null::numeric(12,2)", "'héllo 🎉'::varchar", "''::varchar", "null::varchar", "'x'::char(4)",
    "date '2024-02-29'", "date '0001-01-01'", "null::date", "time '12:34:56.5'", "time '00:00:00'",
    "timestamp '2024-02-29 12:34:56.123456'", "timestamptz '2024-02-29 12:34:56.123456+05:30'",
    "'{\"a\": [1, null]}'::super", "null::super", "'0103000020E6'::geometry",
]


def test_every_login_opens_and_reads_what_amazons_client_reads(server):
    query = "select " + ", ".join(f"{e} as c{i}" for i, e in enumerate(SAME))
    for expression, mine, other in zip(SAME, ours(server, query)[0], theirs(server, query)[0], strict=True):
        assert mine == other and type(mine) is type(other), expression


def test_bytes_and_intervals_are_what_amazons_client_says_they_are(digest):
    query = "select '68c3a9'::varbyte, '14'::intervaly2m, '-90061000001'::intervald2s"
    (other,) = theirs(digest, query)
    (mine,) = ours(digest, query)
    # Its client makes text of the bytes.
    assert mine[0] == other[0].encode() == "hé".encode()
    assert mine[1].months == other[1].months == 14
    microseconds = mine[2].days * 86_400_000_000 + mine[2].nanoseconds // 1000
    assert microseconds == other[2].microseconds == -90061000001


def test_a_time_with_a_zone_is_the_servers_text(digest):
    assert ours(digest, "select '12:34:56.5+02'::timetz") == [
        (datetime.time(12, 34, 56, 500000, datetime.timezone(datetime.timedelta(hours=2))),)
    ]


def test_arguments_are_bound(digest):
    sent = [7, "it's; --", decimal.Decimal("1.10"), datetime.date(2024, 2, 29), None]
    query = "select $1::bigint, $2::varchar, $3::numeric(10,2), $4::date, $5::varchar"
    assert ours(digest, query, sent) == [tuple(sent)]


@pytest.mark.parametrize("login", ["digest", "md5"])
def test_a_wrong_password_is_refused_without_being_told(login):
    with Redshift(login) as server:
        with pytest.raises(qry_host.AuthenticationFailed) as caught:
            rows({**server.params, "user": "ada"}, {"password": "wrong 1x2y3z"}, "select 1")
        assert caught.value.sqlstate == "28000" and "1x2y3z" not in f"{caught.value} {caught.value.hint}"
        with pytest.raises(redshift_connector.Error):
            redshift_connector.connect(
                host="localhost", port=server.port, database="postgres", user="ada", password="wrong", ssl=False
            )


def test_the_token_of_an_identity_provider_opens():
    with Redshift("token") as server:
        assert rows(server.params, {"token": server.password}, "select 1") == [(1,)]
        with pytest.raises(qry_host.AuthenticationFailed):
            rows(server.params, {"token": "another"}, "select 1")


def test_an_unknown_authority_is_refused(digest):
    params = {k: v for k, v in digest.params.items() if k != "sslrootcert"}
    with pytest.raises(qry_host.TlsFailed) as caught:
        rows({**params, "user": "ada"}, {"password": digest.password}, "select 1")
    assert "sslrootcert" in caught.value.hint


def test_a_host_by_another_name_is_refused_when_names_are_verified(digest):
    params = {**digest.params, "host": "127.0.0.1", "user": "ada"}
    assert rows(params, {"password": digest.password}, "select 1") == [(1,)]
    with pytest.raises(qry_host.TlsFailed):
        rows({**params, "sslmode": "verify-full"}, {"password": digest.password}, "select 1")


def test_the_schema_has_tables_columns_comments_and_keys(digest):
    async def body(source):
        for sql in (
            "create schema shop",
            "create table shop.orders (id bigint primary key, amount numeric(12,2) not null, extra super)",
            "comment on table shop.orders is 'what was sold'",
            'create table shop.lines (order_id bigint references shop.orders, "a ""b\\" int, primary key (order_id, "a ""b\\"))',
            "create view shop.totals as select id from shop.orders",
        ):
            await (await source.execute(sql)).rows()
        return await source.schema()

    schema = run({**digest.params, "user": "ada"}, {"password": digest.password}, body)
    tables = {t.name: t for t in schema.tables if t.schema == "shop"}
    assert {n: t.kind for n, t in tables.items()} == {"orders": "table", "lines": "table", "totals": "view"}
    assert tables["orders"].comment == "what was sold" and tables["orders"].primary_key == ["id"]
    assert [(c.name, c.type, c.arrow_type, c.nullable) for c in tables["orders"].columns] == [
        ("id", "bigint", "int64", False), ("amount", "numeric(12,2)", "decimal128(12, 2)", False),
        ("extra", "super", "string", True),
    ]
    assert tables["lines"].primary_key == ["order_id", 'a "b\\']
    (key,) = tables["lines"].foreign_keys
    assert (key.columns, key.ref_schema, key.ref_table, key.ref_columns) == (["order_id"], "shop", "orders", ["id"])


def test_a_session_that_made_a_table_is_not_given_to_others(digest):
    async def body(source):
        await (await source.execute("create temp table mine (a integer)")).rows()
        with pytest.raises(qry_host.QueryError):
            await (await source.execute("select * from mine")).rows()
        await (await source.execute("set application_name = 'changed'")).rows()
        return await (await source.execute("show application_name")).rows()

    assert run({**digest.params, "user": "ada"}, {"password": digest.password}, body) == [("qry",)]
    # And nothing was sent that Redshift does not know.
    log = (digest.folder / "front.log").read_text().splitlines()
    assert not [line for line in map(json.loads, log) if "refused" in line]


def test_a_cancel_stops_the_query_on_the_server(digest):
    async def body(source):
        task = asyncio.create_task(slow(source))
        while not await active(source):
            pass
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        give_up = time.monotonic() + 1
        while await active(source) and time.monotonic() < give_up:
            pass
        return await active(source)

    async def slow(source):
        await (await source.execute("select pg_sleep(60) /* cancel-1 */")).rows()

    async def active(source):
        result = await source.execute(
            "select count(*) from pg_stat_activity where state = 'active' and query like '%cancel' || '-1%'"
            " and query not like '%pg_stat%'"
        )
        return (await result.rows())[0][0]

    assert run({**digest.params, "user": "ada"}, {"password": digest.password}, body) == 0


IAM = {
    "iam": "true", "cluster_identifier": "sales", "region": "eu-west-1", "db_user": "ada",
}


def iam(server, amazon, **more):
    return {**server.params, **IAM, "endpoint_url": amazon.url, "sts_endpoint_url": amazon.url, **more}


def test_an_iam_identity_gets_a_user_and_a_password_from_amazon(amazon):
    # moto's passwords are its own: what matters is who is sent, and that the server is asked.
    with Redshift("trust") as server:
        keys = {"secret_access_key": "testing"}
        assert rows(iam(server, amazon, access_key_id="testing"), keys, "select 1") == [(1,)]
        log = [json.loads(line) for line in (server.folder / "front.log").read_text().splitlines()]
        assert {entry["startup"]["user"] for entry in log if "startup" in entry} == {"IAM:ada"}


def test_roles_profiles_and_web_identities_are_exchanged_for_keys(amazon, tmp_path):
    profile = tmp_path / "credentials"
    profile.write_text("[sales]\naws_access_key_id = testing\naws_secret_access_key = testing\n")
    role = "arn:aws:iam::123456789012:role/reader"
    with Redshift("trust") as server:
        for more, secrets in (
            ({"access_key_id": "testing", "role_arn": role}, {"secret_access_key": "testing"}),
            ({"profile": "sales", "credentials_file": str(profile)}, {}),
            ({"role_arn": role}, {"web_identity_token": "a.b.c"}),
        ):
            assert rows(iam(server, amazon, **more), secrets, "select 1") == [(1,)]


def test_a_cluster_that_amazon_does_not_know_is_told_in_its_words(amazon):
    with Redshift("trust") as server:
        params = iam(server, amazon, access_key_id="testing", cluster_identifier="nosuch")
        with pytest.raises(qry_host.AuthenticationFailed) as caught:
            rows(params, {"secret_access_key": "testing 1x2y3z"}, "select 1")
        assert "nosuch" in str(caught.value) and "1x2y3z" not in str(caught.value)


@pytest.mark.parametrize(
    ("change", "parameter"),
    [
        ({"cluster_identifier": ""}, "cluster_identifier"), ({"region": ""}, "region"), ({"db_user": ""}, "db_user"),
        ({"serverless_work_group": "w"}, "cluster_identifier"), ({"access_key_id": "a"}, "access_key_id"),
    ],
)
def test_what_an_iam_login_lacks_is_named(digest, change, parameter):
    params = {k: v for k, v in {**digest.params, **IAM, **change}.items() if v != ""}
    with pytest.raises(qry_host.InvalidParameter) as caught:
        rows(params, {}, "select 1")
    assert caught.value.parameter == parameter
