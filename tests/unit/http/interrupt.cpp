// Deadlines and interrupts, wherever an exchange is.
#include "rig.hpp"

namespace qry::test {

namespace {

// Each leaves the client waiting at another step.
struct step {
    const char* name;
    script what;
};

std::vector<step> steps() {
    return {
        {"no answer", [](connection& by, const received&) { return by.wait_for_end() && false; }},
        {"half a head",
         [](connection& by, const received&) {
             return by.write("HTTP/1.1 200 OK\r\nX-") && by.wait_for_end() && false;
         }},
        {"half a body",
         [](connection& by, const received&) {
             return by.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf") &&
                    by.wait_for_end() && false;
         }},
        {"between two tries", [](connection& by, const received&) {
             return by.write(answer(503, "", "Retry-After: 600\r\n"));
         }}};
}

}  // namespace

TEST_CASE("an interrupt ends an exchange at every step, and no later one") {
    for (const step& s : steps()) {
        INFO(s.name);
        http_server server(s.what);
        rig r;
        request what;
        what.url = server.url() + "/";
        auto out = r.begin(r.http().send(what));
        REQUIRE(r.until([&] { return server.requests() == 1; }));
        r.http().interrupt();
        REQUIRE(r.until([&] { return out->has_value(); }));
        REQUIRE_FALSE(**out);
        CHECK((**out).error().kind == status::query_cancelled);
        http_server other([](connection& by, const received&) {
            return by.write(answer(200, "fine"));
        });
        CHECK(r.get(other.url() + "/"));
    }
}

TEST_CASE("an interrupt ends all that are under way") {
    http_server server([](connection& by, const received&) { return by.wait_for_end() && false; });
    rig r;
    std::vector<request> asked(20);
    std::vector<rig::outcome> got;
    for (request& what : asked) {
        what.url = server.url() + "/";
        got.push_back(r.begin(r.http().send(what)));
    }
    REQUIRE(r.until([&] { return server.requests() == 20; }));
    r.http().interrupt();
    for (const auto& g : got) {
        REQUIRE(g->has_value());
        CHECK((**g).error().kind == status::query_cancelled);
    }
}

TEST_CASE("what an interrupt ends may take the client away") {
    http_server server([](connection& by, const received&) { return by.wait_for_end() && false; });
    rig r;
    auto made = client::make(r.loop(), {});
    REQUIRE(made);
    std::unique_ptr<client> brief = std::move(*made);
    request what;
    what.url = server.url() + "/";
    start(
        brief->send(what),
        [&brief](result<response>) noexcept { brief.reset(); },
        [](const std::exception_ptr&) noexcept { std::terminate(); }
    );
    REQUIRE(r.until([&] { return server.requests() == 1; }));
    brief->interrupt();
    CHECK_FALSE(brief);
}

TEST_CASE("an interrupt of one request leaves the others alone") {
    http_server silent([](connection& by, const received&) { return by.wait_for_end() && false; });
    http_server other([](connection& by, const received&) { return by.write(answer(200, "fine")); }
    );
    rig r;
    std::vector<request> asked(3);
    std::vector<rig::outcome> got;
    for (request& what : asked) {
        what.url = silent.url() + "/";
        got.push_back(r.begin(r.http().send(what)));
    }
    REQUIRE(r.until([&] { return silent.requests() == 3; }));
    r.http().interrupt(asked[1]);
    REQUIRE(got[1]->has_value());
    CHECK((**got[1]).error().kind == status::query_cancelled);
    // Twice, and of one that was never sent: nothing.
    r.http().interrupt(asked[1]);
    r.http().interrupt(request{});
    CHECK(r.get(other.url() + "/"));
    CHECK_FALSE(got[0]->has_value());
    CHECK_FALSE(got[2]->has_value());
    r.http().interrupt();
    CHECK(got[0]->has_value());
    CHECK(got[2]->has_value());
}

TEST_CASE("the deadline holds at every step, and nothing comes before it") {
    for (const step& s : steps()) {
        if (std::string_view(s.name) == "between two tries") continue;
        INFO(s.name);
        http_server server(s.what);
        rig r;
        request what;
        what.url = server.url() + "/";
        what.deadline_ns = conformance::after(100ms);
        auto got = r.send(what);
        CHECK(conformance::monotonic_ns() >= what.deadline_ns);
        REQUIRE_FALSE(got);
        CHECK(got.error().kind == status::query_timeout);
    }
}

TEST_CASE("a name that has no address fails by name, and an interrupt need not wait for it") {
    rig r;
    // A label too long for the name service: no server is asked, so none needs to answer.
    const std::string impossible(64, 'x');
    auto got = r.get("http://" + impossible + ".invalid/");
    REQUIRE_FALSE(got);
    CHECK(got.error().kind == status::connection_failed);
    CHECK(got.error().message.find(impossible) != std::string::npos);
    request what;
    what.url = "http://does-not-exist-either.invalid/";
    auto out = r.begin(r.http().send(what));
    r.http().interrupt();
    REQUIRE(out->has_value());
    CHECK((**out).error().kind == status::query_cancelled);
}

TEST_CASE("a server that is not who it says it is is refused, whatever it sends") {
    http_server server(
        [](connection& by, const received&) { return by.write(answer(200, "hello")); }, "localhost"
    );
    SECTION("nobody knows who signed it") {
        rig r;
        auto got = r.get("https://localhost:" + std::to_string(server.port()) + "/");
        REQUIRE_FALSE(got);
        CHECK(got.error().kind == status::tls_failed);
        CHECK_FALSE(got.error().hint.empty());
    }
    SECTION("the CA is known") {
        options how;
        how.tls.ca_file = server.ca_file();
        rig r(std::move(how));
        auto got = r.get("https://localhost:" + std::to_string(server.port()) + "/");
        REQUIRE(got);
        CHECK(got->body == "hello");
        CHECK(got->by.tls.starts_with("TLSv1.3"));
        auto other = r.get("https://127.0.0.1:" + std::to_string(server.port()) + "/");
        REQUIRE_FALSE(other);
        CHECK(other.error().kind == status::tls_failed);
    }
    SECTION("the name does not matter") {
        options how;
        how.tls.ca_file = server.ca_file();
        how.tls.verify = http::verify_peer::chain;
        rig r(std::move(how));
        CHECK(r.get("https://127.0.0.1:" + std::to_string(server.port()) + "/"));
    }
    SECTION("nothing matters") {
        options how;
        how.tls.verify = http::verify_peer::none;
        rig r(std::move(how));
        CHECK(r.get("https://127.0.0.1:" + std::to_string(server.port()) + "/"));
    }
    SECTION("plain text to a port that speaks TLS") {
        rig r;
        CHECK_FALSE(r.get("http://localhost:" + std::to_string(server.port()) + "/"));
    }
    SECTION("TLS to a port that speaks plain text") {
        http_server plain([](connection&, const received&) { return false; });
        // It waits for the rest of what it takes for a request.
        options how;
        how.connect_timeout = 200ms;
        rig r(std::move(how));
        auto got = r.get("https://localhost:" + std::to_string(plain.port()) + "/");
        REQUIRE_FALSE(got);
    }
}

}  // namespace qry::test
