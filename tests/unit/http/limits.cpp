// What a server must not be able to do to a driver.
#include <zlib.h>

#include "rig.hpp"

namespace qry::test {

namespace {

std::string gzipped(const std::string& text) {
    z_stream z{};
    REQUIRE(deflateInit2(&z, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string out(compressBound(text.size()) + 64, '\0');
    z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    z.avail_in = static_cast<uInt>(text.size());
    z.next_out = reinterpret_cast<Bytef*>(out.data());
    z.avail_out = static_cast<uInt>(out.size());
    REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
    out.resize(z.total_out);
    deflateEnd(&z);
    return out;
}

}  // namespace

TEST_CASE("compressed bodies are unpacked") {
    const std::string text(100'000, 'a');
    http_server server([&](connection& by, const received&) {
        return by.write(answer(200, gzipped(text), "Content-Encoding: gzip\r\n"));
    });
    rig r;
    auto got = r.get(server.url() + "/");
    REQUIRE(got);
    CHECK(got->body == text);
    CHECK(server.log().at(0).has("Accept-Encoding: gzip, zstd"));
}

TEST_CASE("a body is bounded after it is unpacked, so that a small bomb does no harm") {
    const std::string bomb = gzipped(std::string(50'000'000, '\0'));
    REQUIRE(bomb.size() < 100'000);
    http_server server([&](connection& by, const received&) {
        return by.write(answer(200, bomb, "Content-Encoding: gzip\r\n"));
    });
    rig r;
    request what;
    what.url = server.url() + "/";
    what.max_body = 1'000'000;
    auto got = r.send(what);
    REQUIRE_FALSE(got);
    CHECK(got.error().kind == status::resource_limit);
    CHECK(got.error().message.find("1000000") != std::string::npos);
}

TEST_CASE("a head without end is refused") {
    http_server server([](connection& by, const received&) {
        by.write("HTTP/1.1 200 OK\r\n");
        const std::string line = "X-Long: " + std::string(1'000, 'x') + "\r\n";
        for (int i = 0; i < 10'000; ++i) {
            if (!by.write(line)) break;
        }
        return false;
    });
    rig r;
    auto got = r.get(server.url() + "/");
    REQUIRE_FALSE(got);
    CHECK(got.error().kind == status::resource_limit);
}

TEST_CASE("redirects are not followed unless the driver asked, and never to another scheme") {
    http_server target([](connection& by, const received&) {
        return by.write(answer(200, "arrived"));
    });
    std::string location;
    http_server server([&](connection& by, const received&) {
        return by.write(answer(302, "", "Location: " + location + "\r\n"));
    });
    SECTION("not asked for") {
        location = target.url() + "/x?signature=abc";
        rig r;
        auto got = r.get(server.url() + "/");
        REQUIRE_FALSE(got);
        CHECK(got.error().kind == status::permission_denied);
        CHECK(got.error().message.find("abc") == std::string::npos);
        CHECK(target.requests() == 0);
    }
    rig r;
    request what;
    what.url = server.url() + "/";
    what.max_redirects = 2;
    SECTION("asked for: the login stays with its own host") {
        location = target.url() + "/x";
        r.http().authorize_with([](bool) -> task<result<secret>> { co_return secret("Bearer t"); });
        auto got = r.send(what);
        REQUIRE(got);
        CHECK(got->body == "arrived");
        CHECK(server.log().at(0).has("Authorization: Bearer t"));
        CHECK_FALSE(target.log().at(0).has("Authorization"));
    }
    SECTION("asked for, to a file") {
        location = "file:///etc/passwd";
        auto got = r.send(what);
        REQUIRE_FALSE(got);
        CHECK(got.error().kind == status::permission_denied);
    }
    SECTION("in a circle") {
        location = server.url() + "/";
        auto got = r.send(what);
        REQUIRE_FALSE(got);
        CHECK(server.requests() == 3);
    }
    SECTION("of a request that is no GET") {
        location = target.url() + "/";
        what.method = "POST";
        REQUIRE_FALSE(r.send(what));
        CHECK(target.requests() == 0);
    }
}

TEST_CASE("an address that the policy refuses is not connected to") {
    http_server server([](connection& by, const received&) { return by.write(answer(200, "")); });
    static qry_host strict = conformance::host_table();
    strict.get_extension = [](const char*) -> const void* { return nullptr; };
    rig r;
    host_services() = &strict;
    for (const std::string host : {"127.0.0.1", "localhost", "[::ffff:127.0.0.1]"}) {
        INFO(host);
        auto got = r.get("http://" + host + ':' + std::to_string(server.port()) + "/x?secret=1");
        REQUIRE_FALSE(got);
        CHECK(got.error().kind == status::permission_denied);
        CHECK(got.error().hint.find("QRY_EGRESS_ALLOW") != std::string::npos);
        CHECK(got.error().message.find("secret=1") == std::string::npos);
    }
    CHECK(server.connections() == 0);
}

TEST_CASE("URLs with other schemes or with a password in them are refused") {
    rig r;
    for (const char* url :
         {"file:///etc/passwd", "ftp://h/", "http://user:hunter2@127.0.0.1/", "no url", ""}) {
        INFO(url);
        auto got = r.get(url);
        REQUIRE_FALSE(got);
        CHECK(got.error().kind == status::invalid_parameter);
        CHECK(got.error().message.find("hunter2") == std::string::npos);
    }
}

TEST_CASE("the environment's proxies are not looked at") {
    ::setenv("http_proxy", "http://127.0.0.1:1", 1);
    http_server server([](connection& by, const received&) { return by.write(answer(200, "")); });
    rig r;
    CHECK(r.get(server.url() + "/"));
    ::unsetenv("http_proxy");
}

TEST_CASE("a proxy that is given is asked for the whole URL") {
    http_server proxy([](connection& by, const received&) {
        return by.write(answer(200, "by proxy"));
    });
    options how;
    how.proxy = proxy.url();
    rig r(std::move(how));
    auto got = r.get("http://does-not-exist.invalid/x");
    REQUIRE(got);
    CHECK(got->body == "by proxy");
    CHECK(proxy.log().at(0).line == "GET http://does-not-exist.invalid/x HTTP/1.1");
}

TEST_CASE("a login that is refused is made once more, and its answer stands") {
    http_server server([](connection& by, const received& what) {
        return by.write(answer(what.has("Bearer new") ? 200 : 401, ""));
    });
    std::vector<bool> asked;
    rig r;
    r.http().authorize_with([&](bool refused) -> task<result<secret>> {
        asked.push_back(refused);
        co_return secret(refused ? "Bearer new" : "Bearer old");
    });
    auto got = r.get(server.url() + "/");
    REQUIRE(got);
    CHECK(got->status == 200);
    CHECK(asked == std::vector<bool>{false, true});
    request what;
    what.url = server.url() + "/";
    what.anonymous = true;
    auto plain = r.send(what);
    REQUIRE(plain);
    CHECK(plain->status == 401);
    CHECK(asked.size() == 2);
}

TEST_CASE("nothing that is secret is logged, however much is") {
    http_server server([](connection& by, const received&) {
        return by.write(answer(200, "body-secret", "Set-Cookie: cookie-secret\r\n"));
    });
    rig r;
    (void)conformance::take_log();
    r.http().authorize_with([](bool) -> task<result<secret>> {
        co_return secret("Bearer login-secret");
    });
    request what;
    what.url = server.url() + "/path?query-secret=1";
    what.headers = {{"X-Trino-Extra-Credential", "header-secret"}};
    what.trace = "q-42";
    REQUIRE(r.send(what));
    what.url = server.url() + "/presigned-secret";
    what.secret_url = true;
    REQUIRE(r.send(what));
    bool traced = false;
    for (const auto& line : conformance::take_log()) {
        INFO(line.text);
        CHECK(line.text.find("secret") == std::string::npos);
        traced = traced || line.text.find("q-42") != std::string::npos;
    }
    CHECK(traced);
}

}  // namespace qry::test
