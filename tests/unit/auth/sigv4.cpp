// Expectations: the worked examples of the AWS documentation, the signing test suite that AWS
// publishes, and, where said, botocore 1.43.11.
#include <catch2/catch.hpp>

#include <qry/kit/auth/sigv4.hpp>
#include <qry/kit/text/hex.hpp>

namespace qry::test {

using auth::aws_keys;
using auth::aws_path;
using auth::aws_payload;
using auth::aws_scope;
using auth::sign_sigv4;
using http::request;
using std::chrono::seconds;
using std::chrono::sys_seconds;

namespace {

// 2015-08-30T12:36:00Z, 2013-05-24T00:00:00Z: `date -u -d … +%s`
constexpr sys_seconds suite_time(seconds(1'440'938'160));
constexpr sys_seconds s3_time(seconds(1'369'353'600));

aws_keys suite_keys() {
    return {
        .access_key_id = "AKIDEXAMPLE",
        .secret_access_key = secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")};
}
aws_keys s3_keys() {
    return {
        .access_key_id = "AKIAIOSFODNN7EXAMPLE",
        .secret_access_key = secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")};
}

std::string find(const request& in, std::string_view name) {
    std::string out;
    for (const http::header& h : in.headers) {
        if (h.is(name)) out += h.value + '\n';
    }
    if (!out.empty()) out.pop_back();
    return out;
}

// Signs; the signature.
std::string signature_of(
    request& what, const aws_scope& scope, const aws_keys& keys, sys_seconds at
) {
    auto done = sign_sigv4(what, keys, scope, at);
    REQUIRE(done);
    const std::string line = find(what, "Authorization");
    return line.substr(line.find("Signature=") + 10);
}

std::string suite(request what, aws_path path = aws_path::escaped_twice) {
    return signature_of(
        what, {.region = "us-east-1", .service = "service", .path = path}, suite_keys(), suite_time
    );
}
std::string suite_get(const std::string& path, aws_path how = aws_path::escaped_twice) {
    return suite({.url = "https://example.amazonaws.com" + path}, how);
}

std::string s3(request what) {
    return signature_of(what, aws_scope::s3("us-east-1"), s3_keys(), s3_time);
}

}  // namespace

TEST_CASE("IAM's ListUsers is signed as the documentation shows it, step by step") {
    request what;
    what.url = "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08";
    what.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
    const aws_scope iam{.region = "us-east-1", .service = "iam"};
    auto steps = sign_sigv4(what, suite_keys(), iam, suite_time);
    REQUIRE(steps);
    CHECK(
        steps->canonical_request ==
        "GET\n/\nAction=ListUsers&Version=2010-05-08\n"
        "content-type:application/x-www-form-urlencoded; charset=utf-8\n"
        "host:iam.amazonaws.com\nx-amz-date:20150830T123600Z\n\n"
        "content-type;host;x-amz-date\n"
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    );
    CHECK(
        steps->string_to_sign ==
        "AWS4-HMAC-SHA256\n20150830T123600Z\n20150830/us-east-1/iam/aws4_request\n"
        "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59"
    );
    const secret key = sigv4_signing_key(suite_keys().secret_access_key, "20150830", iam);
    CHECK(
        text::hex_text(key.reveal()) ==
        "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"
    );
    CHECK(
        find(what, "Authorization") ==
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "
        "SignedHeaders=content-type;host;x-amz-date, "
        "Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
    );
    CHECK(find(what, "X-Amz-Date") == "20150830T123600Z");
    CHECK(what.url == "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08");
}

TEST_CASE("the examples of S3's documentation are signed as it shows them") {
    const std::string at = "https://examplebucket.s3.amazonaws.com";
    CHECK(
        s3({.url = at + "/test.txt", .headers = {{"Range", "bytes=0-9"}}}) ==
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
    );
    CHECK(
        s3({.method = "PUT",
            .url = at + "/test$file.text",
            .headers =
                {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                 {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
            .body = "Welcome to Amazon S3."}) ==
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
    );
    CHECK(
        s3({.url = at + "/?lifecycle"}) ==
        "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
    );
    CHECK(
        s3({.url = at + "/?max-keys=2&prefix=J"}) ==
        "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
    );
}

TEST_CASE("the hash of the body goes with a request to S3, or the word that there is none") {
    request what{.method = "PUT", .url = "https://b.s3.amazonaws.com/k"};
    what.body = "Welcome to Amazon S3.";
    aws_scope scope = aws_scope::s3("us-east-1");
    REQUIRE(sign_sigv4(what, s3_keys(), scope, s3_time));
    // printf 'Welcome to Amazon S3.' | sha256sum
    CHECK(
        find(what, "X-Amz-Content-Sha256") ==
        "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"
    );
    scope.payload = aws_payload::not_signed;
    auto steps = sign_sigv4(what, s3_keys(), scope, s3_time);
    REQUIRE(steps);
    CHECK(find(what, "X-Amz-Content-Sha256") == "UNSIGNED-PAYLOAD");
    CHECK(steps->canonical_request.ends_with("\nUNSIGNED-PAYLOAD"));
}

TEST_CASE("paths are signed as in the test suite") {
    const char* const vanilla = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
    CHECK(suite_get("/") == vanilla);
    CHECK(suite_get("") == vanilla);
    CHECK(suite_get("/example1/example2/../..") == vanilla);
    CHECK(
        suite_get("//example//") ==
        "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"
    );
    CHECK(
        suite_get("//example//", aws_path::as_sent) ==
        "87cca117541a147f6df867677d98a7d80dff226d2bfca9e4ffa899665623c7e5"
    );
    CHECK(
        suite_get("/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") ==
        "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"
    );
    // The suite's paths are not escaped yet, and it escapes them once.
    CHECK(
        suite_get("/%E1%88%B4", aws_path::as_sent) ==
        "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"
    );
    CHECK(
        suite_get("/example%20space/", aws_path::as_sent) ==
        "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741"
    );
}

TEST_CASE("queries are signed as in the test suite, sorted by name and not by text") {
    CHECK(
        suite_get("/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1") ==
        "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac"
    );
    CHECK(
        suite_get("/?Param2=value2&Param1=value1") ==
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"
    );
    CHECK(
        suite_get("/?%e1%88%b4=b%61r") ==
        "2cdec8eed098649ff3a119c94853b13c643bcf08f8b0a1d91e12c9027818dd04"
    );
    CHECK(
        suite_get("/?&Param1=value1&") ==
        "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"
    );
}

TEST_CASE("headers are signed as in the test suite: trimmed, joined, and their values kept") {
    const auto with = [](std::vector<http::header> headers) {
        return suite({.url = "https://example.amazonaws.com/", .headers = std::move(headers)});
    };
    CHECK(
        with({{"My-Header1", " value1"}, {"My-Header2", "\t\"a   b   c\" "}}) ==
        "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"
    );
    CHECK(
        with({{"My-Header1", "value2"}, {"My-Header1", "value2"}, {"my-header1", "value1"}}) ==
        "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"
    );
    CHECK(
        with(
            {{"My-Header1", "value4"},
             {"My-Header1", "value1"},
             {"My-Header1", "value3"},
             {"My-Header1", "value2"}}
        ) == "08c7e5a9acfcfeb3ab6b2185e75ce8b1deb5e634ec47601a50643f830c755c01"
    );
    CHECK(
        suite(
            {.method = "POST",
             .url = "https://example.amazonaws.com/",
             .headers = {{"MY-HEADER1", "VALUE1"}, {"User-Agent", "not signed"}}}
        ) == "cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"
    );
}

TEST_CASE("a body and a session token are signed as in the test suite") {
    request form{.method = "POST", .url = "https://example.amazonaws.com/"};
    form.headers = {
        {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
        {"Content-Length", "13"}};
    form.body = "Param1=value1";
    const aws_scope scope{
        .region = "us-east-1", .service = "service", .payload = aws_payload::hashed_and_sent};
    CHECK(
        signature_of(form, scope, suite_keys(), suite_time) ==
        "328d1b9eaadca9f5818ef05e8392801e091653bafec24fcab71e7344e7f51422"
    );
    aws_keys keys = suite_keys();
    keys.session_token = secret("6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267");
    request plain{.url = "https://example.amazonaws.com/"};
    CHECK(
        signature_of(plain, {.region = "us-east-1", .service = "service"}, keys, suite_time) ==
        "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8"
    );
    CHECK(find(plain, "X-Amz-Security-Token") == keys.session_token.reveal());
}

// By botocore's SigV4Auth with the suite's keys, for the URLs below.
TEST_CASE("escapes of a path are escaped again, and a port that is not usual is signed") {
    CHECK(
        suite_get("/%E1%88%B4/a%20b/%24x%2Fy") ==
        "6402d3951940dcd07ebf8e0f724d1b7ae923669a50af5a7eda9f3b674c27ced7"
    );
    request what{.method = "POST"};
    what.url = "https://example.amazonaws.com:8443//a//b/?b=2&a=%2B%20&a=1";
    CHECK(suite(what) == "bcaf6cc38fbfe31ad041e48f7e7115e01bcb30b9270c084591ea086f10d35ba7");
}

TEST_CASE("the URL is rewritten to what was signed") {
    request what{.url = "https://h.example:443/a$%7e%2f/?b&a=%c3%a9&A=1#part"};
    REQUIRE(sign_sigv4(what, s3_keys(), aws_scope::s3("eu-west-1"), s3_time));
    CHECK(what.url == "https://h.example/a%24~%2F/?A=1&a=%C3%A9&b=");
}

TEST_CASE("a request that is signed again has the headers of the last signature only") {
    request once{.url = "https://example.amazonaws.com/?b=1&a=%20", .body = "x"};
    request twice = once;
    const aws_scope scope = aws_scope::s3("us-east-1");
    aws_keys with_token = s3_keys();
    with_token.session_token = secret("old");
    REQUIRE(sign_sigv4(twice, with_token, scope, suite_time));
    REQUIRE(sign_sigv4(twice, s3_keys(), scope, s3_time));
    REQUIRE(sign_sigv4(once, s3_keys(), scope, s3_time));
    CHECK(twice.headers.size() == 3);
    CHECK(find(twice, "Authorization") == find(once, "Authorization"));
    CHECK(twice.url == once.url);
}

TEST_CASE("a request that cannot be signed is left as it was") {
    const aws_scope good{.region = "us-east-1", .service = "service"};
    request what{.url = "https://example.amazonaws.com/"};
    aws_keys keys = suite_keys();
    aws_scope scope = good;
    SECTION("no key") {
        keys.access_key_id.clear();
    }
    SECTION("no secret") {
        keys.secret_access_key.clear();
    }
    SECTION("no region") {
        scope.region.clear();
    }
    SECTION("no service") {
        scope.service.clear();
    }
    SECTION("no URL") {
        what.url = "example.amazonaws.com";
    }
    SECTION("a bad escape in the path") {
        what.url += "a%4";
    }
    SECTION("a bad escape in the query") {
        what.url += "?a=%zz";
    }
    SECTION("a plus that may be a space") {
        what.url += "?a=b+c";
    }
    SECTION("a line end in a header") {
        what.headers = {{"X-One", "a\r\nHost: evil.example"}};
    }
    SECTION("a line end in the session token") {
        keys.session_token = secret("a\nb");
    }
    SECTION("a header without a name") {
        what.headers = {{"", "a"}};
    }
    const request before = what;
    auto done = sign_sigv4(what, keys, scope, suite_time);
    REQUIRE_FALSE(done);
    CHECK(done.error().kind == status::invalid_parameter);
    CHECK(what.url == before.url);
    CHECK(what.headers.size() == before.headers.size());
    CHECK(done.error().message.find("wJalr") == std::string::npos);
}

}  // namespace qry::test
