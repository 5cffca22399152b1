#include "supervisor/settings.hpp"

#include <algorithm>
#include <map>
#include <string>

#include <catch2/catch.hpp>

using namespace qry::supervisor;

namespace {

lookup of(std::map<std::string, std::string> values) {
    return [values = std::move(values)](const char* name) -> const char* {
        const auto at = values.find(name);
        return at == values.end() ? nullptr : at->second.c_str();
    };
}

}  // namespace

TEST_CASE("without variables the defaults hold") {
    const auto got = read_settings(of({}));
    REQUIRE(got);
    CHECK(got->memory_bytes == 1073741824U);
    CHECK(got->threads == 512);
    CHECK(got->descriptors == 3072);
    CHECK_FALSE(got->processes);
    CHECK(got->trusted.empty());
    CHECK(got->program.empty());
}

TEST_CASE("every variable is read") {
    const auto got = read_settings(
        of({{"QRY_HOST_PROGRAM", "/opt/qry-host"},
            {"QRY_WORKER_MEMORY", "512MiB"},
            {"QRY_WORKER_ARENA", "4096"},
            {"QRY_WORKER_THREADS", "7"},
            {"QRY_WORKER_DESCRIPTORS", "99"},
            {"QRY_WORKER_PROCESSES", "allow"},
            {"QRY_TRUSTED_PLUGINS", "sqlite,,postgresql"}})
    );
    REQUIRE(got);
    CHECK(got->program == "/opt/qry-host");
    CHECK(got->memory_bytes == 536870912U);
    CHECK(got->arena_bytes == 4096);
    CHECK(got->threads == 7);
    CHECK(got->descriptors == 99);
    CHECK(got->processes);
    CHECK(got->trusted == std::set<std::string>{"sqlite", "postgresql"});
}

TEST_CASE("nonsense is refused with the variable's name") {
    const auto [name, value] = GENERATE(table<const char*, const char*>(
        {{"QRY_WORKER_MEMORY", "0"},
         {"QRY_WORKER_MEMORY", "-1"},
         {"QRY_WORKER_MEMORY", "1GB"},
         {"QRY_WORKER_MEMORY", "99999999999GiB"},
         {"QRY_WORKER_ARENA", "much"},
         {"QRY_WORKER_THREADS", "5m"},
         {"QRY_WORKER_DESCRIPTORS", "0"},
         {"QRY_WORKER_PROCESSES", "1"}}
    ));
    const auto got = read_settings(of({{name, value}}));
    REQUIRE_FALSE(got);
    CHECK(got.error().kind == qry::status::invalid_parameter);
    CHECK(got.error().parameter == name);
    CHECK(got.error().message.find("'" + std::string(value) + "'") != std::string::npos);
}

TEST_CASE("a worker inherits what client libraries need and no secret") {
    const auto made = worker_environment(
        of({{"PATH", "/bin"},
            {"LANG", "C.UTF-8"},
            {"KRB5_CONFIG", "/etc/krb5.conf"},
            {"JWT_SECRET_KEY", "hunter2"},
            {"JWT_SECRET_KEY_PREVIOUS", "hunter1"},
            {"PGPASSWORD", "hunter3"},
            {"AWS_SECRET_ACCESS_KEY", "hunter4"},
            {"LD_PRELOAD", "/tmp/x.so"}})
    );
    CHECK(
        made == std::vector<std::string>{"PATH=/bin", "LANG=C.UTF-8", "KRB5_CONFIG=/etc/krb5.conf"}
    );
}

TEST_CASE("a command that is not there is named") {
    const auto got = find_program("/nonexistent/qry-host");
    REQUIRE_FALSE(got);
    CHECK(got.error().kind == qry::status::not_found);
    CHECK(got.error().message.find("'/nonexistent/qry-host'") != std::string::npos);
    CHECK(find_program("/bin/sh").has_value());
}
