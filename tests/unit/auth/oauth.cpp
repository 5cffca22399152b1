// Requests and answers are those of RFC 6749 and RFC 7523 where a test says so.
#include "rig.hpp"

#include <qry/kit/auth/oauth.hpp>

namespace qry::test {

using auth::client_authentication;
using auth::oauth_options;
using auth::oauth_source;

namespace {

constexpr std::string_view form_type =
    "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n";

// "token-1", "token-2", …: one for each request.
struct token_server {
    http_server server{[this](connection& by, const received&) {
        const std::string token = "token-" + std::to_string(++count);
        return by.write(answer(
            200,
            R"({"access_token":")" + token + R"(","token_type":"Bearer","expires_in":3600})",
            "Content-Type: application/json\r\n"
        ));
    }};
    std::atomic<int> count = 0;
};

// The client of RFC 6749 §2.3.1.
oauth_options rfc_client(const std::string& url) {
    oauth_options how;
    how.token_url = url + "/token";
    how.client_id = "s6BhdRkqt3";
    how.client_secret = secret("gX1fBat3bV");
    how.allow_plain = true;
    return how;
}

// What becomes of an answer.
result<secret> token_from(int status, std::string_view body, oauth_options how = {}) {
    const std::string text(body);
    http_server server([=](connection& by, const received&) {
        return by.write(answer(status, text));
    });
    auth_rig r(one_try());
    how.token_url = server.url() + "/token?tenant=hidden";
    how.client_id = "client";
    how.allow_plain = true;
    if (how.client_secret.empty()) how.client_secret = secret("hunter2-secret");
    return r.run(oauth_source(r.loop(), r.http(), std::move(how)).token());
}

}  // namespace

TEST_CASE("client credentials go as RFC 6749 section 4.4.2 shows them") {
    token_server tokens;
    auth_rig r;
    oauth_source source(r.loop(), r.http(), rfc_client(tokens.server.url()));
    CHECK(text_of(r.run(source.token())) == "token-1");
    const received saw = tokens.server.log().at(0);
    CHECK(saw.line == "POST /token HTTP/1.1");
    CHECK(saw.has("Authorization: Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW\r\n"));
    CHECK(saw.has(form_type));
    CHECK(saw.has("Accept: application/json\r\n"));
    CHECK(saw.body == "grant_type=client_credentials");
    CHECK(text_of(r.run(source.token())) == "token-1");
    CHECK(tokens.server.requests() == 1);
}

TEST_CASE("a client in the body, and a refresh token, go as RFC 6749 section 2.3.1 shows them") {
    token_server tokens;
    auth_rig r;
    oauth_options how = rfc_client(tokens.server.url());
    how.client_secret = secret("7Fjfp0ZBr1KtDRbnfVdmIw");
    how.authenticate = client_authentication::body;
    how.grant = auth::refresh_token_grant{.refresh_token = secret("tGzv3JOkF0XG5Qx2TlKWIA")};
    oauth_source source(r.loop(), r.http(), std::move(how));
    CHECK(text_of(r.run(source.token())) == "token-1");
    const received saw = tokens.server.log().at(0);
    CHECK_FALSE(saw.has("Authorization"));
    CHECK(
        saw.body ==
        "grant_type=refresh_token&refresh_token=tGzv3JOkF0XG5Qx2TlKWIA"
        "&client_id=s6BhdRkqt3&client_secret=7Fjfp0ZBr1KtDRbnfVdmIw"
    );
}

TEST_CASE("scope and other parameters go along, escaped") {
    token_server tokens;
    auth_rig r;
    oauth_options how = rfc_client(tokens.server.url());
    how.scope = "a b/.default";
    how.parameters = {{"audience", "https://x.example/?a&b=\xc3\xa9+"}};
    REQUIRE(r.run(oauth_source(r.loop(), r.http(), std::move(how)).token()));
    CHECK(
        tokens.server.log().at(0).body ==
        "grant_type=client_credentials&scope=a%20b%2F.default"
        "&audience=https%3A%2F%2Fx.example%2F%3Fa%26b%3D%C3%A9%2B"
    );
}

// RFC 6749 §2.3.1 has both parts escaped first: `printf 'a%%3Ab:p%%26%%3A%%20%%2B' | base64`.
TEST_CASE("a colon in a client's id or secret is not taken for the one between them") {
    token_server tokens;
    auth_rig r;
    oauth_options how = rfc_client(tokens.server.url());
    how.client_id = "a:b";
    how.client_secret = secret("p&: +");
    REQUIRE(r.run(oauth_source(r.loop(), r.http(), std::move(how)).token()));
    CHECK(tokens.server.log().at(0).has("Authorization: Basic YSUzQWI6cCUyNiUzQSUyMCUyQg==\r\n"));
}

TEST_CASE("a JWT bearer makes an assertion for each request (RFC 7523 section 2.1)") {
    token_server tokens;
    auth_rig r;
    int made = 0;
    oauth_options how = rfc_client(tokens.server.url());
    how.client_id.clear();
    how.authenticate = client_authentication::none;
    how.grant = auth::jwt_bearer_grant{
        [&]() -> result<secret> { return secret("eyJ.a." + std::to_string(++made)); }};
    oauth_source source(r.loop(), r.http(), std::move(how));
    REQUIRE(r.run(source.token()));
    REQUIRE(r.run(source.token(true)));
    const std::string start =
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=eyJ.a.";
    CHECK(tokens.server.log().at(0).body == start + "1");
    CHECK(tokens.server.log().at(1).body == start + "2");
}

TEST_CASE("a client may show who it is by an assertion (RFC 7523 section 2.2)") {
    token_server tokens;
    auth_rig r;
    oauth_options how = rfc_client(tokens.server.url());
    how.client_secret.clear();
    how.authenticate = client_authentication::assertion;
    how.client_assertion = []() -> result<secret> { return secret("eyJ.b.c"); };
    REQUIRE(r.run(oauth_source(r.loop(), r.http(), std::move(how)).token()));
    CHECK(
        tokens.server.log().at(0).body ==
        "grant_type=client_credentials&client_id=s6BhdRkqt3"
        "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
        "&client_assertion=eyJ.b.c"
    );
}

TEST_CASE("an assertion that cannot be made ends the ask before anything is sent") {
    token_server tokens;
    auth_rig r;
    oauth_options how = rfc_client(tokens.server.url());
    how.grant = auth::jwt_bearer_grant{[]() -> result<secret> {
        return error{.kind = status::invalid_parameter, .message = "no key"};
    }};
    auto got = r.run(oauth_source(r.loop(), r.http(), std::move(how)).token());
    REQUIRE_FALSE(got);
    CHECK(got.error().message == "no key");
    CHECK(tokens.server.requests() == 0);
}

TEST_CASE("a token is asked for again before it ends, as the answer says") {
    token_server tokens;
    auth_rig r;
    hand_clock clock;
    oauth_options how = rfc_client(tokens.server.url());
    how.keep.now = clock;
    oauth_source source(r.loop(), r.http(), std::move(how));
    CHECK(text_of(r.run(source.token())) == "token-1");
    clock.pass(3539s);
    CHECK(text_of(r.run(source.token())) == "token-1");
    clock.pass(1s);
    CHECK(text_of(r.run(source.token())) == "token-2");
}

TEST_CASE("a life in a string is read, and one that is not given is assumed") {
    for (const auto& [life, seconds] : std::vector<std::pair<std::string, int>>{
             {R"(,"expires_in":"1000")", 1000},
             {R"(,"expires_in":1000.5)", 1000},
             {"", 700},
             {R"(,"expires_in":null)", 700},
             {R"(,"expires_in":"soon")", 700}}) {
        INFO(life);
        const std::string body = R"({"access_token":"t","token_type":"bearer")" + life + "}";
        http_server server([&](connection& by, const received&) {
            return by.write(answer(200, body));
        });
        auth_rig r;
        hand_clock clock;
        oauth_options how = rfc_client(server.url());
        how.keep.now = clock;
        how.assumed_lifetime = 700s;
        oauth_source source(r.loop(), r.http(), std::move(how));
        REQUIRE(r.run(source.token()));
        clock.pass(std::chrono::seconds(seconds) - 61s);
        REQUIRE(r.run(source.token()));
        CHECK(server.requests() == 1);
        clock.pass(2s);
        REQUIRE(r.run(source.token()));
        CHECK(server.requests() == 2);
    }
}

TEST_CASE("a life beyond all measure, or before its start, does no harm") {
    for (const std::string life : {"9223372036854775807", "-1", "99999999999999999999"}) {
        INFO(life);
        auto got = token_from(
            200, R"({"access_token":"t","token_type":"Bearer","expires_in":)" + life + "}"
        );
        CHECK(text_of(got) == "t");
    }
}

TEST_CASE("many that ask at once are served by one request") {
    token_server tokens;
    auth_rig r;
    oauth_source source(r.loop(), r.http(), rfc_client(tokens.server.url()));
    std::vector<pending<secret>> asked;
    for (int i = 0; i < 50; ++i)
        asked.push_back(r.ask(source.token()));
    REQUIRE(r.until([&] { return asked.back()->has_value(); }));
    for (const auto& one : asked) {
        REQUIRE(one->has_value());
        CHECK(text_of(**one) == "token-1");
    }
    CHECK(tokens.server.requests() == 1);
}

TEST_CASE("a client that authorizes by tokens replaces the one that its server refuses") {
    token_server tokens;
    http_server data([](connection& by, const received& what) {
        return by.write(answer(what.has("Authorization: Bearer token-2\r\n") ? 200 : 401, ""));
    });
    auth_rig r;
    // The same client fetches the tokens: its own authorization is left out of that.
    r.http().authorize_with(
        oauth_source(r.loop(), r.http(), rfc_client(tokens.server.url())).authorizer()
    );
    auto got = r.get(data.url() + "/");
    REQUIRE(got);
    CHECK(got->status == 200);
    CHECK(data.requests() == 2);
    CHECK(tokens.server.requests() == 2);
    CHECK_FALSE(tokens.server.log().at(0).has("Bearer"));
}

TEST_CASE("a refresh token that the server changes is used from then on, and told") {
    int count = 0;
    http_server server([&](connection& by, const received&) {
        const std::string next = std::to_string(++count);
        return by.write(answer(
            200,
            R"({"access_token":"t","token_type":"Bearer","refresh_token":"next-)" + next + "\"}"
        ));
    });
    auth_rig r;
    std::vector<std::string> told;
    oauth_options how = rfc_client(server.url());
    how.grant = auth::refresh_token_grant{
        .refresh_token = secret("first"),
        .changed = [&](const secret& now) { told.emplace_back(now.reveal()); }};
    oauth_source source(r.loop(), r.http(), std::move(how));
    REQUIRE(r.run(source.token()));
    REQUIRE(r.run(source.token(true)));
    CHECK(server.log().at(0).body == "grant_type=refresh_token&refresh_token=first");
    CHECK(server.log().at(1).body == "grant_type=refresh_token&refresh_token=next-1");
    CHECK(told == std::vector<std::string>{"next-1", "next-2"});
}

TEST_CASE("a refusal is an error of authentication in the server's words (RFC 6749 section 5.2)") {
    auto got = token_from(
        401, R"({"error":"invalid_client","error_description":"unknown \u0022x\u0022"})"
    );
    REQUIRE_FALSE(got);
    CHECK(got.error().kind == status::authentication_failed);
    CHECK(got.error().from == origin::server);
    CHECK(got.error().message.ends_with("/token answered 401, invalid_client: unknown \"x\""));
    CHECK(got.error().message.find("hidden") == std::string::npos);
    CHECK_FALSE(got.error().hint.empty());
    CHECK_FALSE(got.error().retryable);
}

TEST_CASE("a refusal with a status of success is a refusal") {
    auto got = token_from(200, R"({"error":"invalid_grant"})");
    REQUIRE_FALSE(got);
    CHECK(got.error().kind == status::authentication_failed);
    CHECK(got.error().message.ends_with("answered 200, invalid_grant"));
}

TEST_CASE("a server that repeats our secrets does not get them into an error") {
    oauth_options how;
    how.client_secret = secret("top/secret");
    how.authenticate = client_authentication::body;
    how.grant = auth::refresh_token_grant{.refresh_token = secret("refresh-me")};
    auto got = token_from(
        400,
        R"({"error":"invalid_request","error_description":"top/secret, top%2Fsecret, refresh-me"})",
        std::move(how)
    );
    REQUIRE_FALSE(got);
    CHECK(got.error().message.ends_with("invalid_request: ***, ***, ***"));
}

TEST_CASE("a refusal that is no JSON, or has hostile words, is still told in short") {
    auto html = token_from(403, "<html>go away</html>");
    REQUIRE_FALSE(html);
    CHECK(html.error().kind == status::authentication_failed);
    CHECK(html.error().message.ends_with("/token answered 403"));
    auto odd = token_from(
        400,
        R"({"error":["x"],"error_description":"a\r\nb\u0000c)" + std::string(5'000, 'd') + "\"}"
    );
    REQUIRE_FALSE(odd);
    CHECK(odd.error().message.find("a  b c") != std::string::npos);
    CHECK(odd.error().message.find_first_of("\r\n") == std::string::npos);
    CHECK(odd.error().message.size() < 700);
}

TEST_CASE("what may pass is no refusal") {
    for (const auto& [number, body] : std::vector<std::pair<int, std::string>>{
             {500, ""}, {429, ""}, {400, R"({"error":"temporarily_unavailable"})"}}) {
        INFO(number);
        auto got = token_from(number, body);
        REQUIRE_FALSE(got);
        CHECK(got.error().kind == status::connection_failed);
        CHECK(got.error().retryable);
    }
}

TEST_CASE("an answer without a usable token is told apart from a refusal") {
    for (const std::string body :
         {"",
          "[]",
          "not json",
          "{",
          "{}",
          R"({"access_token":""})",
          R"({"access_token":7})",
          R"({"access_token":"two words"})",
          R"({"access_token":"a\r\nX-Evil: 1","token_type":"Bearer"})"}) {
        INFO(body);
        auto got = token_from(200, body);
        REQUIRE_FALSE(got);
        CHECK(got.error().kind == status::plugin_error);
        CHECK(got.error().message.find("Evil") == std::string::npos);
    }
    auto other = token_from(200, R"({"access_token":"t","token_type":"DPoP"})");
    REQUIRE_FALSE(other);
    CHECK(other.error().kind == status::unsupported);
}

TEST_CASE("an answer that is too long is not read") {
    auto got = token_from(200, std::string(2'000'000, ' '));
    REQUIRE_FALSE(got);
    CHECK(got.error().kind == status::resource_limit);
}

TEST_CASE("options that cannot work are refused before anything is sent") {
    token_server tokens;
    auth_rig r;
    oauth_options how = rfc_client(tokens.server.url());
    SECTION("plain text") {
        how.allow_plain = false;
    }
    SECTION("no URL") {
        how.token_url = "token";
    }
    SECTION("no id") {
        how.client_id.clear();
    }
    SECTION("no secret") {
        how.client_secret.clear();
    }
    SECTION("no maker of assertions for the client") {
        how.authenticate = client_authentication::assertion;
    }
    SECTION("no maker of assertions for the grant") {
        how.grant = auth::jwt_bearer_grant{};
    }
    SECTION("no refresh token") {
        how.grant = auth::refresh_token_grant{};
    }
    auto got = r.run(oauth_source(r.loop(), r.http(), std::move(how)).token());
    REQUIRE_FALSE(got);
    CHECK(got.error().kind == status::invalid_parameter);
    CHECK(tokens.server.requests() == 0);
}

TEST_CASE("an interrupt of the client ends all that wait for a token") {
    http_server server([](connection& by, const received&) { return by.wait_for_end() && false; });
    auth_rig r;
    oauth_source source(r.loop(), r.http(), rfc_client(server.url()));
    auto one = r.ask(source.token());
    auto two = r.ask(source.token());
    REQUIRE(r.until([&] { return server.requests() == 1; }));
    r.http().interrupt();
    REQUIRE(r.until([&] { return one->has_value() && two->has_value(); }));
    CHECK((**one).error().kind == status::query_cancelled);
    CHECK((**two).error().kind == status::query_cancelled);
}

TEST_CASE("a request whose tokens are waited for ends with an interrupt") {
    http_server server([](connection& by, const received&) { return by.wait_for_end() && false; });
    auth_rig r;
    r.http().authorize_with(oauth_source(r.loop(), r.http(), rfc_client(server.url())).authorizer()
    );
    request what;
    what.url = server.url() + "/data";
    auto out = r.begin(r.http().send(what));
    REQUIRE(r.until([&] { return server.requests() == 1; }));
    r.http().interrupt();
    REQUIRE(r.until([&] { return out->has_value(); }));
    REQUIRE_FALSE(**out);
    CHECK((**out).error().kind == status::query_cancelled);
}

TEST_CASE("a server that never answers is given up after the time limit of a fetch") {
    http_server server([](connection& by, const received&) { return by.wait_for_end() && false; });
    auth_rig r;
    oauth_options how = rfc_client(server.url());
    how.keep.time_limit = 20ms;
    auto got = r.run(oauth_source(r.loop(), r.http(), std::move(how)).token());
    REQUIRE_FALSE(got);
    CHECK(got.error().kind == status::query_timeout);
}

TEST_CASE("nothing that is secret about a token is logged") {
    token_server tokens;
    auth_rig r;
    (void)conformance::take_log();
    oauth_options how = rfc_client(tokens.server.url());
    how.grant = auth::refresh_token_grant{.refresh_token = secret("tGzv3JOkF0XG5Qx2TlKWIA")};
    REQUIRE(r.run(oauth_source(r.loop(), r.http(), std::move(how)).token()));
    const auto lines = conformance::take_log();
    CHECK_FALSE(lines.empty());
    for (const auto& line : lines) {
        INFO(line.text);
        for (const char* hidden : {"tGzv", "gX1f", "czZC", "token-1"})
            CHECK(line.text.find(hidden) == std::string::npos);
    }
}

}  // namespace qry::test
