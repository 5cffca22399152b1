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


def test_a_certificate_opens(server):
    params = {**server.secured, "auth": "certificate", "cert": server.client_file, "SSLKeyStorePath": server.client_key}
    client = Client(params)
    assert client.rows("select current_user") == [(server.user,)]


def test_a_ticket_opens(server, realm, monkeypatch):
    for name, value in realm.login(server.user, realm.add(server.user)).items():
        monkeypatch.setenv(name, value)
    client = Client({**server.secured, "auth": "kerberos"})
    # A second query takes the same connection, which Negotiate has not to be said on again for.
    assert client.rows("select current_user") == client.rows("select current_user") == [(server.user,)]


def test_without_a_ticket_the_error_says_where_one_comes_from(server, realm, monkeypatch):
    monkeypatch.setenv("KRB5_CONFIG", str(realm.config))
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{realm.folder}/none")
    e = Client({**server.secured, "auth": "kerberos"}).fails("select 1")
    assert isinstance(e, qry_host.AuthenticationFailed) and "kinit" in e.hint


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
