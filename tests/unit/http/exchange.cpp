// What an answer is, and what is tried again.
#include "rig.hpp"

namespace qry::test {

namespace {

options quick() {
    options how;
    how.retry.first_wait = 1ms;
    how.retry.longest_wait = 4ms;
    return how;
}

}  // namespace

TEST_CASE("status, headers and body of an answer are as the server sent them") {
    http_server server([](connection& by, const received&) {
        return by.write(answer(404, "not here", "X-One: 1\r\nx-two:  b  \r\n"));
    });
    rig r;
    auto got = r.get(server.url() + "/a/b?c=d");
    REQUIRE(got);
    CHECK(got->status == 404);
    CHECK(got->body == "not here");
    CHECK(got->find("x-ONE") == "1");
    CHECK(got->find("X-Two") == "b");
    CHECK(got->find("X-Three").empty());
    CHECK(got->by.address == "127.0.0.1");
    CHECK(got->by.tls.empty());
    CHECK(server.log().at(0).line == "GET /a/b?c=d HTTP/1.1");
}

TEST_CASE("a body is sent whole, with the headers that were given and no others of ours") {
    http_server server([](connection& by, const received&) { return by.write(answer(200, "")); });
    rig r;
    request what;
    what.method = "POST";
    what.url = server.url() + "/";
    what.headers = {{"X-Empty", ""}, {"Content-Type", "text/plain"}};
    what.body = std::string(1'000'000, 'x');
    REQUIRE(r.send(what));
    const received saw = server.log().at(0);
    CHECK(saw.body == what.body);
    CHECK(saw.has("X-Empty:\r\n"));
    CHECK(saw.has("Content-Type: text/plain\r\n"));
    CHECK_FALSE(saw.has("Expect:"));
    CHECK_FALSE(saw.has("Authorization:"));
}

TEST_CASE("connections are used again") {
    http_server server([](connection& by, const received&) { return by.write(answer(200, "x")); });
    rig r;
    for (int i = 0; i < 5; ++i)
        REQUIRE(r.get(server.url() + "/"));
    CHECK(server.connections() == 1);
    CHECK(server.requests() == 5);
}

TEST_CASE("an answer that comes byte by byte is the same answer") {
    http_server server([](connection& by, const received&) {
        for (const char c : answer(200, "slowly", "A: b\r\n")) {
            if (!by.write(std::string_view(&c, 1))) return false;
        }
        return true;
    });
    rig r;
    auto got = r.get(server.url() + "/");
    REQUIRE(got);
    CHECK(got->body == "slowly");
}

TEST_CASE("a busy server is asked again, as late as it wishes") {
    int calls = 0;
    http_server server([&](connection& by, const received&) {
        switch (++calls) {
            case 1:
                return by.write(answer(503, "busy"));
            case 2:
                return by.write(answer(429, "", "Retry-After: 1\r\n"));
            default:
                return by.write(answer(200, "now"));
        }
    });
    rig r(quick());
    const auto begun = std::chrono::steady_clock::now();
    auto got = r.get(server.url() + "/");
    REQUIRE(got);
    CHECK(got->body == "now");
    CHECK(got->tries == 3);
    CHECK(std::chrono::steady_clock::now() - begun >= 1s);
}

TEST_CASE("a busy server's answer is what is left when there is no time for another try") {
    http_server server([](connection& by, const received&) {
        return by.write(answer(503, "busy", "Retry-After: 3600\r\n"));
    });
    rig r(quick());
    request what;
    what.url = server.url() + "/";
    what.deadline_ns = conformance::after(10s);
    auto got = r.send(what);
    REQUIRE(got);
    CHECK(got->status == 503);
    CHECK(got->tries == 1);
}

TEST_CASE("what may be repeated is, when the connection breaks before an answer") {
    int calls = 0;
    http_server server([&](connection& by, const received&) {
        return ++calls > 2 && by.write(answer(200, "third"));
    });
    rig r(quick());
    auto got = r.get(server.url() + "/");
    REQUIRE(got);
    CHECK(got->body == "third");
}

TEST_CASE("a request that the server may have acted on is not sent twice") {
    // The second request of a connection is read and then left without an answer, which is what
    // libcurl itself would repeat.
    http_server server([&](connection& by, const received& what) {
        return what.number == 1 && by.write(answer(200, "first"));
    });
    rig r(quick());
    REQUIRE(r.get(server.url() + "/"));
    request what;
    what.method = "POST";
    what.url = server.url() + "/";
    what.body = "once";
    auto got = r.send(what);
    REQUIRE_FALSE(got);
    CHECK(got.error().kind == status::connection_failed);
    CHECK(server.requests() == 2);
}

TEST_CASE("a body that is cut is an error, and never a short answer") {
    http_server server([](connection& by, const received&) {
        by.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this");
        return false;
    });
    rig r(quick());
    auto got = r.get(server.url() + "/");
    REQUIRE_FALSE(got);
    CHECK(got.error().kind == status::connection_failed);
    CHECK(got.error().retryable);
}

TEST_CASE("nobody listens: the error names host and port, and what to check") {
    std::string url;
    {
        http_server gone([](connection&, const received&) { return false; });
        url = gone.url();
    }
    rig r;
    auto got = r.get(url + "/secret-path?token=abc");
    REQUIRE_FALSE(got);
    CHECK(got.error().kind == status::connection_failed);
    CHECK(got.error().message.find(url.substr(7)) != std::string::npos);
    CHECK(got.error().message.find("abc") == std::string::npos);
    CHECK_FALSE(got.error().hint.empty());
}

TEST_CASE("500 requests at once are answered on the loop's one thread") {
    http_server server([](connection& by, const received&) { return by.write(answer(200, "x")); });
    rig r;
    std::vector<request> asked(500);
    std::vector<rig::outcome> got;
    for (request& what : asked) {
        what.url = server.url() + "/";
        got.push_back(r.begin(r.http().send(what)));
    }
    REQUIRE(r.until([&] {
        return std::all_of(got.begin(), got.end(), [](const auto& g) { return g->has_value(); });
    }));
    for (const auto& g : got) {
        REQUIRE(**g);
        CHECK((**g)->status == 200);
    }
}

TEST_CASE("a streamed body comes in pieces, and no faster than it is taken") {
    const std::string body(20'000'000, 'b');
    http_server server([&](connection& by, const received&) { return by.write(answer(200, body)); }
    );
    rig r;
    request what;
    what.url = server.url() + "/";
    std::size_t total = 0;
    std::size_t largest = 0;
    auto out = r.begin(r.http().stream(what, [&](std::span<const char> piece) -> task<bool> {
        total += piece.size();
        largest = std::max(largest, piece.size());
        co_return true;
    }));
    REQUIRE(r.until([&] { return out->has_value(); }));
    REQUIRE(**out);
    CHECK(total == body.size());
    CHECK(largest < 2'000'000);
}

TEST_CASE("who has had enough of a streamed body ends it") {
    http_server server([&](connection& by, const received&) {
        return by.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nfirst") &&
               by.wait_for_end() && false;
    });
    rig r;
    request what;
    what.url = server.url() + "/";
    auto out =
        r.begin(r.http().stream(what, [](std::span<const char>) -> task<bool> { co_return false; })
        );
    REQUIRE(r.until([&] { return out->has_value(); }));
    REQUIRE_FALSE(**out);
    CHECK((**out).error().kind == status::query_cancelled);
}

}  // namespace qry::test
