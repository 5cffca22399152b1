"""TLS, passwords and tokens on a real Trino."""

import pytest

import qry_host

from clients import Client


def test_a_password_opens_over_tls(server):
    client = Client({**server.secured, "auth": "basic"}, {"password": server.password})
    assert client.rows("select current_user") == [(server.user,)]


def test_a_token_opens_over_tls(server):
    client = Client({**server.secured, "auth": "jwt"}, {"accessToken": server.jwt(server.user)})
    assert client.rows("select current_user") == [(server.user,)]


@pytest.mark.parametrize(
    ("auth", "secrets"),
    [("basic", {"password": "wrong 1x2y3z"}), ("jwt", {"accessToken": "wrong.1x2y3z.token"})],
)
def test_a_wrong_login_is_an_authentication_error_without_the_secret(server, auth, secrets):
    e = Client({**server.secured, "auth": auth}, secrets).fails("select 1")
    assert isinstance(e, qry_host.AuthenticationFailed)
    assert "1x2y3z" not in f"{e} {e.hint}"


def test_an_unknown_authority_is_refused(server):
    params = {**server.secured, "auth": "basic"}
    del params["SSLTrustStorePath"]
    e = Client(params, {"password": server.password}).fails("select 1")
    assert isinstance(e, qry_host.TlsFailed) and "self-signed" in str(e) and "CA" in e.hint


def test_a_password_is_not_sent_in_the_clear(server):
    e = Client({**server.plain, "auth": "basic"}, {"password": server.password}).fails("select 1")
    assert isinstance(e, qry_host.InvalidParameter) and "allow_plain_login" in f"{e} {e.hint}"


def test_the_report_of_a_test_names_each_step(server):
    async def body(source):
        return await source.test()

    report = Client({**server.secured, "auth": "basic"}, {"password": server.password}).run(body)
    assert report.ok and report.server_version == "476"
    assert [s.name for s in report.steps] == ["resolve", "tcp", "tls", "authenticate", "database", "permissions"]
