// Datasources through the façade: kept, edited, sealed.
#include <cstdlib>

#include "host_fixture.hpp"

namespace qry::test {
namespace {

// Nothing listens there: creating does not connect, using does.
datasource_spec guarded_spec() {
    datasource_spec spec;
    spec.name = "guarded";
    spec.driver = "postgresql";
    spec.params = {{"host", "127.0.0.1"}, {"port", "1"}, {"user", "u"}};
    spec.secrets["password"] = secret("s3cret-word");
    return spec;
}

result<datasource_ptr> get(host& in, const std::string& name) {
    return wait<datasource_ptr>([&](auto done) { in.get(name, std::move(done)); });
}

result<datasource_ptr> update(host& in, const std::string& name, datasource_change change) {
    return wait<datasource_ptr>([&](auto done) {
        in.update(name, std::move(change), std::move(done));
    });
}

TEST_CASE("a datasource is there again when the registry is opened anew") {
    temporary_folder folder;
    {
        auto host = open_host(folder.file("qry.db"));
        auto spec = sqlite_spec("shop", folder.file("shop.db"));
        spec.timeout = std::chrono::seconds(7);
        REQUIRE(create(*host, std::move(spec)));
    }
    auto host = open_host(folder.file("qry.db"));
    auto found = get(*host, "shop");
    REQUIRE(found);
    const auto info = (*found)->info();
    CHECK(info.driver == "sqlite");
    CHECK(info.params.at("path") == folder.file("shop.db"));
    CHECK(info.timeout == duration(std::chrono::seconds(7)));
    CHECK(info.version == 1);
    CHECK(info.state == connection_state::unknown);
}

TEST_CASE("a name that is taken is a conflict, an unknown one is not found") {
    auto host = open_host();
    REQUIRE(create(*host, sqlite_spec("shop")));
    auto again = create(*host, sqlite_spec("shop"));
    REQUIRE_FALSE(again);
    CHECK(again.error().kind == status::conflict);
    auto missing = get(*host, "shopp");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().kind == status::not_found);
    CHECK(missing.error().message.find("shopp") != std::string::npos);
}

TEST_CASE("a wrong parameter is refused by name before anything is stored") {
    auto host = open_host();
    auto spec = sqlite_spec("shop");
    spec.params["pth"] = "x";
    auto made = create(*host, std::move(spec));
    REQUIRE_FALSE(made);
    CHECK(made.error().kind == status::invalid_parameter);
    CHECK(made.error().parameter == "pth");
    CHECK(get(*host, "shop").error().kind == status::not_found);
}

TEST_CASE("an edit with an old version is refused, one with the newest is taken") {
    auto host = open_host();
    REQUIRE(create(*host, sqlite_spec("shop")));
    datasource_change first;
    first.pool_max_size = 3;
    first.version = 1;
    auto edited = update(*host, "shop", std::move(first));
    REQUIRE(edited);
    CHECK((*edited)->info().version == 2);
    CHECK((*edited)->info().pool_max_size == 3);
    datasource_change late;
    late.pool_max_size = 5;
    late.version = 1;
    auto refused = update(*host, "shop", std::move(late));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == status::conflict);
    CHECK((*get(*host, "shop"))->info().pool_max_size == 3);
}

TEST_CASE("with another key a secret answers 'Could not decrypt credentials.' and stays as it is") {
    temporary_folder folder;
    const auto registry = folder.file("qry.db");
    {
        auto host = open_host(registry, "right");
        REQUIRE(create(*host, guarded_spec()));
    }
    {
        auto host = open_host(registry, "wrong");
        auto outcome = run(**get(*host, "guarded"), sql("select 1"));
        REQUIRE_FALSE(outcome);
        CHECK(outcome.error().kind == status::credential_error);
        CHECK(outcome.error().message == "Could not decrypt credentials.");
        CHECK(outcome.error().datasource == "guarded");
        // Sealing anything else with that key would leave two keys in one registry.
        datasource_change change;
        change.secrets["password"] = secret("other");
        auto refused = update(*host, "guarded", std::move(change));
        REQUIRE_FALSE(refused);
        CHECK(refused.error().kind == status::credential_error);
    }
    auto host = open_host(registry, "right");
    auto outcome = run(**get(*host, "guarded"), sql("select 1"));
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().kind == status::connection_failed);
    CHECK(outcome.error().message.find("s3cret-word") == std::string::npos);
}

TEST_CASE("a key rotates: what an older key sealed opens and is sealed anew") {
    temporary_folder folder;
    const auto registry = folder.file("qry.db");
    {
        auto host = open_host(registry, "old");
        REQUIRE(create(*host, guarded_spec()));
    }
    {
        host_options options;
        options.registry = registry;
        options.jwt_secret_key = secret("new");
        options.jwt_secret_key_previous.emplace_back("old");
        auto host = *host::open(std::move(options));
        auto report = wait<secrets_report>([&](auto done) {
            host->check_secrets(rotate_mode::reseal, std::move(done));
        });
        REQUIRE(report);
        CHECK(report->resealed == 1);
    }
    auto host = open_host(registry, "new");
    auto report = wait<secrets_report>([&](auto done) {
        host->check_secrets(rotate_mode::check_only, std::move(done));
    });
    REQUIRE(report);
    REQUIRE(report->rows.size() == 1);
    CHECK(report->rows[0].key == "current");
}

TEST_CASE("a removed datasource is gone, and its name is free") {
    auto host = open_host();
    auto made = create(*host, sqlite_spec("shop"));
    REQUIRE(made);
    REQUIRE(run(**made, sql("select 1")));
    REQUIRE(wait<void>([&](auto done) { host->remove("shop", std::move(done)); }));
    CHECK(get(*host, "shop").error().kind == status::not_found);
    auto outcome = run(**made, sql("select 1"));
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().kind == status::closed);
    CHECK(outcome.error().message.ends_with("' was removed"));
    CHECK(create(*host, sqlite_spec("shop")));
}

TEST_CASE("a closed host answers everything with closed") {
    auto host = open_host();
    auto made = create(*host, sqlite_spec("shop"));
    REQUIRE(made);
    REQUIRE(run(**made, sql("select 1")));
    REQUIRE(wait<void>([&](auto done) { host->close(std::move(done)); }));
    CHECK(get(*host, "shop").error().kind == status::closed);
    CHECK(run(**made, sql("select 1")).error().kind == status::closed);
    REQUIRE(wait<void>([&](auto done) { host->close(std::move(done)); }));
}

TEST_CASE("an unknown driver names the folders that were searched") {
    auto host = open_host();
    auto spec = sqlite_spec("shop");
    spec.driver = "orcale";
    auto made = create(*host, std::move(spec));
    REQUIRE_FALSE(made);
    CHECK(made.error().kind == status::not_found);
    const char* path = std::getenv("QRY_PLUGIN_PATH");
    REQUIRE(path != nullptr);
    CHECK(
        (made.error().message + made.error().hint + made.error().detail).find(path) !=
        std::string::npos
    );
}

TEST_CASE("a registry that cannot be read is named in the error") {
    host_options options;
    options.registry = "/proc/nowhere/qry.db";
    auto opened = host::open(std::move(options));
    REQUIRE_FALSE(opened);
    CHECK(opened.error().message.find("/proc/nowhere") != std::string::npos);
    CHECK_FALSE(opened.error().hint.empty());
}

}  // namespace
}  // namespace qry::test
