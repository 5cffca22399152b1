// Answers are those of the STS API reference, with tokens in one line.
#include "rig.hpp"

#include <qry/kit/auth/aws_credentials.hpp>

namespace qry::test {

using auth::assume_role;
using auth::assume_role_with_web_identity;
using auth::aws_keys;
using auth::aws_provider;
using auth::aws_role;
using std::chrono::seconds;
using std::chrono::sys_seconds;

namespace {

// 2015-08-30T12:36:00Z
constexpr sys_seconds asked_at(seconds(1'440'938'160));

std::string credentials(std::string_view key_id, std::string_view expiration) {
    return R"(<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleResult>
    <AssumedRoleUser>
      <Arn>arn:aws:sts::123456789012:assumed-role/demo/TestAR</Arn>
      <AssumedRoleId>ARO123EXAMPLE123:TestAR</AssumedRoleId>
    </AssumedRoleUser>
    <Credentials>
      <AccessKeyId>)" +
           std::string(key_id) + R"(</AccessKeyId>
      <SecretAccessKey>wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY</SecretAccessKey>
      <SessionToken>AQoDYXdzEPT//////////wEXAMPLE==</SessionToken>
      <Expiration>)" +
           std::string(expiration) + R"(</Expiration>
    </Credentials>
    <PackedPolicySize>6</PackedPolicySize>
  </AssumeRoleResult>
</AssumeRoleResponse>)";
}

std::string refused(std::string_view code, std::string_view message) {
    return R"(<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender)"
           R"(</Type><Code>)" +
           std::string(code) + "</Code><Message>" + std::string(message) +
           "</Message></Error><RequestId>1</RequestId></ErrorResponse>";
}

aws_role demo(const std::string& url) {
    aws_role role;
    role.arn = "arn:aws:iam::123456789012:role/demo";
    role.session_name = "TestAR";
    role.endpoint = url;
    role.allow_plain = true;
    role.wall_clock = [] { return asked_at; };
    return role;
}

aws_provider base_keys() {
    return auth::static_aws_keys(
        {.access_key_id = "AKIDEXAMPLE",
         .secret_access_key = secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
         .session_token = secret("base-token")}
    );
}

task<result<secret>> some_token() {
    co_return secret("eyJ.web.identity");
}

// What becomes of an answer to AssumeRole.
result<aws_keys> answered(int status, std::string_view body) {
    const std::string text(body);
    http_server server([=](connection& by, const received&) {
        return by.write(answer(status, text));
    });
    auth_rig r(one_try());
    return r.run(assume_role(r.loop(), r.http(), demo(server.url()), base_keys())(false));
}

std::string key_id(const result<aws_keys>& got) {
    return got ? got->access_key_id : "error: " + got.error().message;
}

}  // namespace

TEST_CASE("given keys are handed out as they are, refused or not") {
    auth_rig r;
    const aws_provider keys = base_keys();
    for (const bool was_refused : {false, true}) {
        auto got = r.run(keys(was_refused));
        REQUIRE(got);
        CHECK(got->access_key_id == "AKIDEXAMPLE");
        CHECK(got->session_token.reveal() == "base-token");
        CHECK_FALSE(got->expires_at);
    }
}

// The signature is botocore 1.43.11's, for this body, host and time.
TEST_CASE("a role is asked for by a signed form") {
    http_server server([](connection& by, const received&) {
        return by.write(answer(200, credentials("ASIAIOSFODNN7EXAMPLE", "2015-08-30T13:36:00Z")));
    });
    options how;
    how.proxy = server.url();
    auth_rig r(std::move(how));
    aws_role role = demo("http://sts.example.com");
    role.region = "eu-west-1";
    role.external_id = "123ABC";
    auto got = r.run(assume_role(r.loop(), r.http(), std::move(role), base_keys())(false));
    REQUIRE(got);
    CHECK(got->access_key_id == "ASIAIOSFODNN7EXAMPLE");
    CHECK(got->secret_access_key.reveal() == "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY");
    CHECK(got->session_token.reveal() == "AQoDYXdzEPT//////////wEXAMPLE==");
    CHECK(got->expires_at == asked_at + 1h);
    const received saw = server.log().at(0);
    CHECK(saw.line == "POST http://sts.example.com/ HTTP/1.1");
    CHECK(
        saw.body ==
        "Action=AssumeRole&Version=2011-06-15"
        "&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fdemo"
        "&RoleSessionName=TestAR&DurationSeconds=3600&ExternalId=123ABC"
    );
    CHECK(saw.has("X-Amz-Date: 20150830T123600Z\r\n"));
    CHECK(saw.has("X-Amz-Security-Token: base-token\r\n"));
    CHECK(
        saw.has("Authorization: AWS4-HMAC-SHA256 "
                "Credential=AKIDEXAMPLE/20150830/eu-west-1/sts/aws4_request, "
                "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, "
                "Signature=603eb2a6103af781ad8b714b073a2dd630faa27e8b97abda78aafe3a968866e7\r\n")
    );
}

TEST_CASE("a role is asked for with a token of another provider, unsigned") {
    http_server server([](connection& by, const received&) {
        return by.write(answer(200, credentials("ASIAWEB", "2015-08-30T13:36:00Z")));
    });
    auth_rig r;
    aws_role role = demo(server.url() + "/");
    role.policy = "{}";
    auto got =
        r.run(assume_role_with_web_identity(r.loop(), r.http(), std::move(role), &some_token)(false)
        );
    CHECK(key_id(got) == "ASIAWEB");
    const received saw = server.log().at(0);
    CHECK_FALSE(saw.has("Authorization"));
    CHECK_FALSE(saw.has("X-Amz"));
    CHECK(
        saw.body ==
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15"
        "&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fdemo"
        "&RoleSessionName=TestAR&DurationSeconds=3600&Policy=%7B%7D"
        "&WebIdentityToken=eyJ.web.identity"
    );
}

TEST_CASE("keys of a role are kept until 60 seconds before they expire") {
    std::atomic<int> count = 0;
    http_server server([&](connection& by, const received&) {
        const std::string id = "ASIA" + std::to_string(++count);
        // 20 minutes of the hour that was asked for.
        return by.write(answer(200, credentials(id, "2015-08-30T12:56:00Z")));
    });
    auth_rig r;
    hand_clock clock;
    aws_role role = demo(server.url());
    role.keep.now = clock;
    const auto keys = assume_role(r.loop(), r.http(), std::move(role), base_keys());
    CHECK(key_id(r.run(keys(false))) == "ASIA1");
    clock.pass(20min - 61s);
    CHECK(key_id(r.run(keys(false))) == "ASIA1");
    clock.pass(1s);
    CHECK(key_id(r.run(keys(false))) == "ASIA2");
    CHECK(key_id(r.run(keys(true))) == "ASIA3");
    CHECK(server.requests() == 3);
}

TEST_CASE("a slow clock does not make keys last longer than they were asked for") {
    http_server server([](connection& by, const received&) {
        return by.write(answer(200, credentials("ASIA", "2015-08-31T12:36:00Z")));
    });
    auth_rig r;
    hand_clock clock;
    aws_role role = demo(server.url());
    role.keep.now = clock;
    const auto keys = assume_role(r.loop(), r.http(), std::move(role), base_keys());
    REQUIRE(r.run(keys(false)));
    clock.pass(1h);
    REQUIRE(r.run(keys(false)));
    CHECK(server.requests() == 2);
}

TEST_CASE("a role may be taken on with the keys of another role") {
    http_server server([](connection& by, const received& what) {
        const bool second = what.has("Credential=ASIAFIRST/");
        return by.write(
            answer(200, credentials(second ? "ASIASECOND" : "ASIAFIRST", "2015-08-30T13:36:00Z"))
        );
    });
    auth_rig r;
    const auto first = assume_role(r.loop(), r.http(), demo(server.url()), base_keys());
    const auto second = assume_role(r.loop(), r.http(), demo(server.url()), first);
    CHECK(key_id(r.run(second(false))) == "ASIASECOND");
    CHECK(server.requests() == 2);
}

TEST_CASE("a refusal of STS is an error of authentication in its words") {
    auto got = answered(403, refused("AccessDenied", "User x is not authorized &amp; never was"));
    REQUIRE_FALSE(got);
    CHECK(got.error().kind == status::authentication_failed);
    CHECK(got.error().from == origin::server);
    CHECK(got.error().message.ends_with(
        "answered 403, AccessDenied: User x is not authorized & never was"
    ));
    CHECK_FALSE(got.error().hint.empty());
    auto plain = answered(403, "no XML <");
    REQUIRE_FALSE(plain);
    CHECK(plain.error().kind == status::authentication_failed);
    CHECK(plain.error().message.ends_with("answered 403"));
}

TEST_CASE("an STS that repeats our secrets does not get them into an error") {
    auto got = answered(
        400,
        refused("ExpiredToken", "base-token, wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY is no key")
    );
    REQUIRE_FALSE(got);
    CHECK(got.error().message.ends_with("ExpiredToken: ***, *** is no key"));
}

TEST_CASE("an STS that is busy, or has not reached a provider, may be asked again") {
    for (const auto& [number, code] : std::vector<std::pair<int, std::string>>{
             {500, "InternalFailure"}, {400, "Throttling"}, {400, "IDPCommunicationError"}}) {
        INFO(code);
        auto got = answered(number, refused(code, "later"));
        REQUIRE_FALSE(got);
        CHECK(got.error().kind == status::connection_failed);
        CHECK(got.error().retryable);
    }
}

TEST_CASE("an answer without whole keys is none") {
    for (const std::string& body :
         {std::string(),
          std::string("{\"AssumeRoleResponse\":{}}"),
          std::string("<AssumeRoleResponse/>"),
          credentials("", "2015-08-30T13:36:00Z"),
          credentials("ASIA", ""),
          credentials("ASIA", "soon"),
          credentials("ASIA", "2015-08-30T13:36:00Z").substr(0, 500)}) {
        INFO(body);
        auto got = answered(200, body);
        REQUIRE_FALSE(got);
        CHECK(got.error().kind == status::plugin_error);
        CHECK(got.error().message.find("wJalr") == std::string::npos);
    }
}

TEST_CASE("a role that cannot be asked for is refused before anything is sent") {
    http_server server([](connection& by, const received&) { return by.write(answer(500, "")); });
    auth_rig r;
    aws_role role = demo(server.url());
    SECTION("no ARN") {
        role.arn.clear();
    }
    SECTION("a name that is too short") {
        role.session_name = "x";
    }
    SECTION("too short a time") {
        role.duration = 899s;
    }
    SECTION("too long a time") {
        role.duration = 12h + 1s;
    }
    SECTION("plain text") {
        role.allow_plain = false;
    }
    SECTION("no URL") {
        role.endpoint = "sts";
    }
    auto got = r.run(assume_role(r.loop(), r.http(), std::move(role), base_keys())(false));
    REQUIRE_FALSE(got);
    CHECK(got.error().kind == status::invalid_parameter);
    CHECK(server.requests() == 0);
}

TEST_CASE("keys or a token that cannot be had end the ask with their own error") {
    auth_rig r;
    const auto no_keys = [](bool) -> task<result<aws_keys>> {
        co_return error{.kind = status::not_found, .message = "no keys"};
    };
    const auto no_token = []() -> task<result<secret>> {
        co_return error{.kind = status::not_found, .message = "no token"};
    };
    const std::string url = "http://127.0.0.1:1";
    CHECK(
        key_id(r.run(assume_role(r.loop(), r.http(), demo(url), no_keys)(false))) ==
        "error: no keys"
    );
    CHECK(
        key_id(r.run(assume_role_with_web_identity(r.loop(), r.http(), demo(url), no_token)(false))
        ) == "error: no token"
    );
}

TEST_CASE("the service of a region has an address of its own, in China under another domain") {
    CHECK(auth::sts_endpoint("eu-west-1") == "https://sts.eu-west-1.amazonaws.com");
    CHECK(auth::sts_endpoint("cn-north-1") == "https://sts.cn-north-1.amazonaws.com.cn");
}

}  // namespace qry::test
