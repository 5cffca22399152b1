#include <catch2/catch.hpp>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "live.hpp"

using namespace qry;
using namespace qry::test;
using namespace std::chrono_literals;

namespace {

error refused(const std::map<std::string, std::string>& changes) {
    auto made = conformance::session::connect(plugin(), shared_source(changes));
    if (made) throw std::runtime_error("the connection was made");
    return std::move(made).error();
}

std::string text_of(const error& e) {
    return e.message + e.hint + e.detail;
}

// Accepts connections (the kernel does) and never says a word.
class silent_server {
public:
    silent_server() {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof(address);
        auto* raw = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(::bind(fd_, raw, size) == 0);
        REQUIRE(::listen(fd_, 8) == 0);
        REQUIRE(::getsockname(fd_, raw, &size) == 0);
        port = std::to_string(ntohs(address.sin_port));
    }
    ~silent_server() { ::close(fd_); }
    std::string port;

private:
    int fd_ = ::socket(AF_INET, SOCK_STREAM, 0);
};

}  // namespace

TEST_CASE("every way in: socket folder, name, address, SCRAM, TLS, client certificate") {
    auto& server = throwaway_server::shared();
    CHECK(cell(*connect({{"host", server.folder()}}), "select 1") == "1");
    CHECK(cell(*connect({{"host", "localhost"}}), "select 1") == "1");
    CHECK(cell(*connect({{"host", "localhost"}, {"hostaddr", "127.0.0.1"}}), "select 1") == "1");
    auto scram = connect({{"user", "scram_user"}, {"password", "correct horse"}});
    CHECK(cell(*scram, "select current_user::text") == "scram_user");
    auto tls = connect(
        {{"host", "localhost"}, {"sslmode", "verify-full"}, {"sslrootcert", server.file("ca.crt")}}
    );
    CHECK(cell(*tls, "select ssl from pg_stat_ssl where pid = pg_backend_pid()") == "true");
    CHECK(tls->book().facts()["tls"].starts_with("TLSv1.3"));
    auto certificate = connect(
        {{"user", "cert_user"},
         {"sslmode", "require"},
         {"sslcert", server.file("client.crt")},
         {"sslkey", server.file("client.key")}}
    );
    CHECK(cell(*certificate, "select current_user::text") == "cert_user");
}

TEST_CASE("a large result and large arguments pass through TLS") {
    auto s = connect({{"sslmode", "require"}});
    const auto t = must(s->query("select i, repeat('y', 200) from generate_series(1, 50000) i"));
    CHECK(t.rows() == 50000);
    const std::string big(3'000'000, 'z');
    auto statement = with_argument("select length($1)", arrow::type_id::utf8, big);
    CHECK(rows_of(must(s->query(std::move(statement))))[0] == "{\"length\": 3000000}");
}

TEST_CASE("the first host that answers is used") {
    const silent_server silent;
    auto& server = throwaway_server::shared();
    auto s = connect(
        {{"host", "127.0.0.1,127.0.0.1,127.0.0.1"},
         {"port", "1," + silent.port + "," + std::to_string(server.port())},
         {"connect_timeout", "0.2"}}
    );
    CHECK(cell(*s, "select 1") == "1");
    CHECK(refused({{"target_session_attrs", "standby"}}).kind == status::connection_failed);
    CHECK(cell(*connect({{"target_session_attrs", "prefer-standby"}}), "select 1") == "1");
}

TEST_CASE("a wrong password is an authentication failure that does not quote it") {
    const error e = refused({{"user", "scram_user"}, {"password", "wrong-horse-77"}});
    CHECK(e.kind == status::authentication_failed);
    CHECK(e.sqlstate == "28P01");
    CHECK(text_of(e).find("wrong-horse") == std::string::npos);
    CHECK(refused({{"user", "scram_user"}}).kind == status::authentication_failed);
    CHECK(refused({{"user", "nobody_here"}}).kind == status::authentication_failed);
}

TEST_CASE("an unknown database, a refused port and a refused user are told apart") {
    const error database = refused({{"dbname", "no such db"}});
    CHECK(database.kind == status::not_found);
    CHECK(database.sqlstate == "3D000");
    CHECK(database.hint.find("dbname") != std::string::npos);
    const error port = refused({{"port", "1"}});
    CHECK(port.kind == status::connection_failed);
    CHECK(port.retryable);
    CHECK(port.hint.find("host and port") != std::string::npos);
    const error user = refused({{"user", "cert_user"}});
    CHECK(user.kind == status::authentication_failed);
}

TEST_CASE(
    "what the server says when it refuses stands there once, with a hint that is not about the way"
) {
    auto& server = throwaway_server::shared();
    // sslmode=prefer tries twice.
    const std::map<std::string, std::string> to{{"dbname", "closed"}, {"sslmode", "prefer"}};
    server.sql("create database closed");
    server.sql("alter database closed allow_connections false");
    const error e = refused(to);
    server.sql("drop database closed");
    CAPTURE(e.message);
    CHECK(e.kind == status::connection_failed);
    CHECK(e.from == origin::server);
    CHECK(e.hint.find("host and port") == std::string::npos);
    CHECK(e.hint.find("refused") != std::string::npos);
    const std::size_t first = e.message.find("FATAL");
    REQUIRE(first != std::string::npos);
    CHECK(e.message.find("FATAL", first + 1) == std::string::npos);
}

TEST_CASE("test does not say that TLS was agreed on where there is none") {
    auto& server = throwaway_server::shared();
    const auto tls_step = [](const char* mode) {
        const auto found = conformance::run_test(
            plugin(), shared_source({{"dbname", "nowhere"}, {"sslmode", mode}})
        );
        for (const auto& step : found.steps) {
            if (step.name == "tls") return step.detail;
        }
        return std::string("no such step");
    };
    CHECK(tls_step("prefer") == "agreed");
    CHECK(tls_step("disable") == "none: the connection is plain text");
    server.alter_system("ssl", "off");
    // It is asked for, and the server says no.
    const std::string declined = tls_step("prefer");
    server.alter_system("ssl", "on");
    CHECK(declined == "none: the connection is plain text");
}

TEST_CASE("TLS that the server does not have, or that does not verify, is a TLS failure") {
    auto& server = throwaway_server::shared();
    const error unverified = refused({{"sslmode", "verify-ca"}, {"sslrootcert", "/etc/hostname"}});
    CHECK(unverified.kind == status::tls_failed);
    server.sql("select 1");
    const error name = refused(
        {{"host", "other.example"},
         {"hostaddr", "127.0.0.1"},
         {"sslmode", "verify-full"},
         {"sslrootcert", server.file("ca.crt")}}
    );
    CHECK(name.kind == status::tls_failed);
    server.alter_system("ssl", "off");
    const error none = refused({{"sslmode", "require"}});
    server.alter_system("ssl", "on");
    CHECK(none.kind == status::tls_failed);
    CHECK(none.hint.find("sslmode is require") != std::string::npos);
}

TEST_CASE("a server that accepts and stays silent is given up at connect_timeout") {
    const silent_server silent;
    const std::int64_t begun = conformance::monotonic_ns();
    const error e = refused({{"port", silent.port}, {"connect_timeout", "0.1"}});
    CHECK(e.kind == status::connection_failed);
    CHECK(conformance::monotonic_ns() - begun < 5'000'000'000);
    CHECK(e.message.find(silent.port) != std::string::npos);
}

TEST_CASE("a pending connect ends when it is cancelled") {
    const silent_server silent;
    auto made = conformance::session::connect(
        plugin(), shared_source({{"port", silent.port}}), {.cancel_after = 20ms}
    );
    REQUIRE_FALSE(made);
    CHECK(made.error().kind == status::query_cancelled);
}

TEST_CASE("a parameter with a value that makes no sense is refused by name") {
    CHECK(refused({{"numeric", "float"}}).parameter == "numeric");
    CHECK(refused({{"infinity", "maybe"}}).parameter == "infinity");
    CHECK(refused({{"gssencmode", "require"}}).parameter == "gssencmode");
    CHECK(refused({{"statement_timeout", "0"}}).parameter == "statement_timeout");
    CHECK(refused({{"hostaddr", "127.0.0.1,127.0.0.1"}}).parameter == "hostaddr");
}

TEST_CASE("test goes through its steps, and names the one that fails") {
    auto names = [](const conformance::test_outcome& o) {
        std::string all;
        for (const auto& step : o.steps)
            all += step.name + (step.ok ? " " : "! ");
        return all;
    };
    const auto good = conformance::run_test(plugin(), shared_source({{"sslmode", "require"}}));
    CHECK_FALSE(good.failure);
    CHECK(names(good) == "resolve tcp tls authenticate database permissions ");
    CHECK(good.facts.contains("server_version"));
    for (const auto& step : good.steps)
        CHECK(step.duration < 30s);
    const auto name =
        conformance::run_test(plugin(), shared_source({{"host", "no-such-host.invalid"}}));
    CHECK(names(name) == "resolve! ");
    CHECK(
        names(conformance::run_test(plugin(), shared_source({{"port", "1"}}))) == "resolve tcp! "
    );
    const auto login = conformance::run_test(
        plugin(), shared_source({{"user", "scram_user"}, {"password", "no"}})
    );
    CHECK(names(login) == "resolve tcp tls authenticate! ");
    const auto database = conformance::run_test(plugin(), shared_source({{"dbname", "nowhere"}}));
    CHECK(names(database) == "resolve tcp tls authenticate database! ");
    CHECK(database.steps.back().hint.find("dbname") != std::string::npos);
}
