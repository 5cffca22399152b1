// What the server is shown of who asks.
#include <catch2/catch.hpp>

#include "coordinator.hpp"

namespace qry::test {

namespace {

using namespace std::chrono_literals;

void give_token(coordinator& provider, const std::string& token) {
    provider.serve(
        "/token", R"({"access_token":")" + token + R"(","token_type":"Bearer","expires_in":3600})"
    );
}

// The coordinator is its own identity provider.
conformance::datasource oauth_source(const coordinator& trino) {
    auto out = trino.source(
        {{"auth", "oauth2"},
         {"oauth2TokenUrl", trino.url() + "/token"},
         {"oauth2ClientId", "qry"},
         {"oauth2Scope", "trino"},
         {"allow_plain_login", "true"}}
    );
    out.secrets["oauth2ClientSecret"] = "b1gk3y";
    return out;
}

}  // namespace

TEST_CASE("oauth2 fetches one token, and another when the server takes it no more") {
    coordinator trino;
    trino.answer_to("select a", {.replies = {one_column + R"(,"data":[[1]])"}});
    give_token(trino, "first");
    trino.demand("Bearer first");
    auto s = connect(oauth_source(trino));
    CHECK(rows_of(s->query("select a")) == std::vector<std::string>{R"({"a": 1})"});
    CHECK(rows_of(s->query("select a")).size() == 1);
    CHECK(trino.asked("POST /token") == 1);
    // base64 of qry:b1gk3y
    CHECK(
        trino.head_of("POST /token").find("Authorization: Basic cXJ5OmIxZ2szeQ==\r\n") !=
        std::string::npos
    );
    CHECK(trino.body_of("POST /token") == "grant_type=client_credentials&scope=trino");
    give_token(trino, "second");
    trino.demand("Bearer second");
    CHECK(rows_of(s->query("select a")).size() == 1);
    CHECK(trino.asked("POST /token") == 2);
    check_rules(*s);
}

TEST_CASE("replies are asked for packed, unless that is turned off") {
    const bool off = GENERATE(false, true);
    coordinator trino;
    trino.answer_to("select a", {.replies = {one_column + R"(,"data":[[1]])"}});
    auto s = connect(trino.source({{"disableCompression", off ? "true" : "false"}}));
    REQUIRE(rows_of(s->query("select a")).size() == 1);
    const bool asked =
        trino.head_of("POST /v1/statement").find("Accept-Encoding: gzip, zstd\r\n") !=
        std::string::npos;
    CHECK(asked != off);
}

TEST_CASE("a client that the identity provider does not know cannot log in") {
    coordinator trino;
    trino.serve("/token", R"({"error":"invalid_client","error_description":"no b1gk3y of ours"})");
    auto s = connect(oauth_source(trino));
    const auto got = s->query("select a");
    REQUIRE_FALSE(got);
    CHECK(got.error().kind == status::authentication_failed);
    CHECK(got.error().message.find("invalid_client") != std::string::npos);
    CHECK(got.error().message.find("b1gk3y") == std::string::npos);
    CHECK(trino.asked("POST /v1/statement") == 0);
    const auto outcome = conformance::run_test(starburst(), oauth_source(trino));
    REQUIRE_FALSE(outcome.steps.empty());
    CHECK(outcome.steps.back().name == "authenticate");
    CHECK_FALSE(outcome.steps.back().ok);
    check_rules(*s);
}

TEST_CASE("a connect can be given up while the server or the identity provider is silent") {
    for (const char* silent : {"/v1/info", "/token"}) {
        INFO(silent);
        coordinator trino;
        trino.fall_silent(silent);
        trino.guard("/v1/info");
        trino.demand("Bearer first");
        const auto made =
            conformance::session::connect(starburst(), oauth_source(trino), {.cancel_after = 20ms});
        REQUIRE_FALSE(made);
        CHECK(made.error().kind == status::query_cancelled);
    }
}

TEST_CASE("what oauth2 lacks is named") {
    coordinator trino;
    for (const char* missing : {"oauth2TokenUrl", "oauth2ClientId", "oauth2ClientSecret"}) {
        INFO(missing);
        auto to = oauth_source(trino);
        to.params.erase(missing);
        to.secrets.erase(missing);
        const auto made = conformance::session::connect(starburst(), to);
        REQUIRE_FALSE(made);
        CHECK(made.error().kind == status::invalid_parameter);
        CHECK((made.error().message + made.error().hint).find(missing) != std::string::npos);
    }
}

TEST_CASE("a login is shown to a server only once it asks for one") {
    coordinator trino;
    trino.answer_to("select a", {.replies = {one_column + R"(,"data":[[1]])"}});
    // base64 of ada:open sesame
    trino.demand("Basic YWRhOm9wZW4gc2VzYW1l");
    auto to = trino.source({{"auth", "basic"}, {"allow_plain_login", "true"}});
    to.secrets["password"] = "open sesame";
    auto s = connect(to);
    CHECK(rows_of(s->query("select a")).size() == 1);
    CHECK(trino.head_of("GET /v1/info").find("Authorization") == std::string::npos);
    check_rules(*s);
}

TEST_CASE("a gateway that asks for the login first gets it first") {
    coordinator trino;
    trino.guard("/v1/info");
    trino.demand("Basic YWRhOm9wZW4gc2VzYW1l");
    auto to = trino.source({{"auth", "basic"}, {"allow_plain_login", "true"}});
    to.secrets["password"] = "open sesame";
    CHECK(connect(to));
    CHECK(trino.asked("GET /v1/info") == 2);
}

}  // namespace qry::test
