// The schema cache through the façade: read once, kept, told what changed.
#include "host_fixture.hpp"

namespace qry::test {
namespace {

result<schema_ptr> schema_of(datasource& source, std::optional<duration> max_age = {}) {
    return wait<schema_ptr>([&](auto done) { (void)source.schema(max_age, std::move(done)); });
}

result<schema_diff> refresh(datasource& source) {
    return wait<schema_diff>([&](auto done) {
        (void)source.refresh_schema([](const refresh_progress&) {}, std::move(done));
    });
}

std::vector<std::string> names(const std::vector<schema_change>& changes) {
    std::vector<std::string> out;
    for (const auto& change : changes)
        out.push_back(change.name);
    return out;
}

TEST_CASE("a refresh tells what was added, removed and retyped") {
    temporary_folder folder;
    auto host = open_host();
    auto source = *create(*host, sqlite_spec("shop", folder.file("shop.db")));
    REQUIRE(run(*source, sql("create table a (id integer primary key, n int)")));
    REQUIRE(run(*source, sql("create table b (x text)")));
    auto first = schema_of(*source);
    REQUIRE(first);
    CHECK((*first)->table_count() == 2);
    REQUIRE(run(*source, sql("drop table b")));
    REQUIRE(run(*source, sql("create table c (y text, z real)")));
    REQUIRE(run(*source, sql("alter table a add column extra text")));
    auto diff = refresh(*source);
    REQUIRE(diff);
    CHECK(names(diff->removed) == std::vector<std::string>{"main.b"});
    auto added = names(diff->added);
    CHECK(std::find(added.begin(), added.end(), "main.c") != added.end());
    CHECK(std::find(added.begin(), added.end(), "main.a.extra") != added.end());
    auto second = schema_of(*source);
    REQUIRE(second);
    CHECK((*second)->generation() == (*first)->generation() + 1);
    CHECK(refresh(*source)->empty());
}

TEST_CASE(
    "a snapshot is kept in the registry, and is not served once the datasource points elsewhere"
) {
    temporary_folder folder;
    const auto registry = folder.file("qry.db");
    {
        auto host = open_host(registry);
        auto source = *create(*host, sqlite_spec("shop", folder.file("one.db")));
        REQUIRE(run(*source, sql("create table only_in_one (id int)")));
        REQUIRE(refresh(*source));
        REQUIRE(wait<void>([&](auto done) { host->close(std::move(done)); }));
    }
    auto host = open_host(registry);
    auto source = *wait<datasource_ptr>([&](auto done) { host->get("shop", std::move(done)); });
    CHECK(source->info().schema_taken_at);
    auto kept = schema_of(*source);
    REQUIRE(kept);
    CHECK((*kept)->find("only_in_one"));
    datasource_change change;
    change.params["path"] = folder.file("two.db");
    REQUIRE(wait<datasource_ptr>([&](auto done) {
        host->update("shop", std::move(change), std::move(done));
    }));
    CHECK_FALSE(source->info().schema_taken_at);
    auto other = schema_of(*source);
    REQUIRE(other);
    CHECK_FALSE((*other)->find("only_in_one"));
}

TEST_CASE("a refresh that fails keeps the old snapshot and says why") {
    temporary_folder folder;
    auto host = open_host();
    auto source = *create(*host, sqlite_spec("shop", folder.file("shop.db")));
    REQUIRE(run(*source, sql("create table a (id int)")));
    auto before = schema_of(*source);
    REQUIRE(before);
    {
        // Not a database any more.
        auto closed = wait<datasource_ptr>([&](auto done) {
            datasource_change change;
            change.pool_max_size = 3;
            host->update("shop", std::move(change), std::move(done));
        });
        REQUIRE(closed);
        std::FILE* file = std::fopen(folder.file("shop.db").c_str(), "r+b");
        REQUIRE(file != nullptr);
        std::fputs("this is no database at all, not any more", file);
        std::fclose(file);
    }
    auto failed = refresh(*source);
    REQUIRE_FALSE(failed);
    CHECK(failed.error().datasource == "shop");
    auto after = schema_of(*source);
    REQUIRE(after);
    CHECK((*after)->generation() == (*before)->generation());
}

TEST_CASE("many who ask at once share one reading") {
    temporary_folder folder;
    auto host = open_host();
    auto source = *create(*host, sqlite_spec("shop", folder.file("shop.db")));
    REQUIRE(run(*source, sql("create table a (id int)")));
    std::vector<std::future<result<schema_ptr>>> answers;
    for (int i = 0; i < 100; ++i) {
        auto promise = std::make_shared<std::promise<result<schema_ptr>>>();
        answers.push_back(promise->get_future());
        (void)source->schema(std::nullopt, [promise](result<schema_ptr> r) {
            promise->set_value(std::move(r));
        });
    }
    for (auto& answer : answers) {
        auto got = answer.get();
        REQUIRE(got);
        CHECK((*got)->generation() == 1);
    }
}

}  // namespace
}  // namespace qry::test
