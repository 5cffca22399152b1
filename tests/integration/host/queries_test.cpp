// Queries through the façade, on the SQLite plugin: time limits, cancelling, edits under load.
#include <atomic>
#include <filesystem>
#include <random>
#include <thread>

#include "host_fixture.hpp"

namespace qry::test {
namespace {

// Runs for minutes unless stopped.
constexpr const char* endless =
    "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n";

std::size_t thread_count() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator("/proc/self/task")) {
        ++count;
    }
    return count;
}

datasource_ptr make(host& in, int pool = 2, std::optional<duration> timeout = {}) {
    auto spec = sqlite_spec("d");
    spec.pool_max_size = pool;
    spec.timeout = timeout;
    auto made = create(in, std::move(spec));
    REQUIRE(made);
    return *made;
}

TEST_CASE("a query gives its rows, its schema and no more") {
    auto host = open_host();
    auto source = make(*host);
    auto outcome = run(*source, sql("select 1 as n, 'x' as t union all select 2, null"));
    REQUIRE(outcome);
    CHECK(*outcome == rows{{"1", "x"}, {"2", "null"}});
}

TEST_CASE("a limit cuts the rows exactly and leaves the session fit for the next query") {
    auto host = open_host();
    auto source = make(*host, 1);
    const std::string many =
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 200000) select i "
        "from n";
    for (std::int64_t limit : {1, 2, 65536, 65537, 199999, 200000, 300000}) {
        query what = sql(many);
        what.limit = limit;
        auto outcome = run(*source, std::move(what));
        REQUIRE(outcome);
        CHECK(outcome->size() == static_cast<std::size_t>(std::min<std::int64_t>(limit, 200000)));
        auto next = run(*source, sql("select 7"));
        REQUIRE(next);
        CHECK(*next == rows{{"7"}});
    }
}

TEST_CASE("the query's limit wins over the datasource's, which wins over the default") {
    auto host = open_host();
    auto source = make(*host, 1, std::chrono::milliseconds(200));
    auto by_datasource = run(*source, sql(endless));
    REQUIRE_FALSE(by_datasource);
    CHECK(by_datasource.error().kind == status::query_timeout);
    REQUIRE(by_datasource.error().limit);
    CHECK(by_datasource.error().limit->limit == std::chrono::milliseconds(200));
    CHECK(by_datasource.error().limit->source == "datasource 'd'");
    CHECK(by_datasource.error().limit->elapsed >= std::chrono::milliseconds(200));
    query between = sql("select 1");
    between.timeout = std::chrono::seconds(30);
    // The only session is free again: the next query does not wait for it.
    REQUIRE(run(*source, std::move(between)));
    query shorter = sql(endless);
    shorter.timeout = std::chrono::milliseconds(50);
    auto by_query = run(*source, std::move(shorter));
    REQUIRE_FALSE(by_query);
    REQUIRE(by_query.error().limit);
    CHECK(by_query.error().limit->limit == std::chrono::milliseconds(50));
    CHECK(by_query.error().limit->source == "query");
    query after = sql("select 1");
    after.timeout = std::chrono::seconds(30);
    CHECK(run(*source, std::move(after)));
}

TEST_CASE("waiting for a session longer than the limit is a pool timeout, not a query timeout") {
    auto host = open_host();
    auto source = make(*host, 1);
    completion<result_ptr> ignore = [](const result<result_ptr>&) {};
    REQUIRE(run(*source, sql("select 1")));
    auto busy = source->execute(sql(endless), std::move(ignore));
    query waiting = sql("select 1");
    waiting.timeout = std::chrono::milliseconds(100);
    auto outcome = run(*source, std::move(waiting));
    busy->cancel();
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().kind == status::pool_timeout);
    CHECK(outcome.error().datasource == "d");
}

TEST_CASE("a cancelled query ends with query_cancelled and harms nobody after it") {
    auto host = open_host();
    auto source = make(*host, 1);
    std::mt19937 random(7);
    for (int i = 0; i < 200; ++i) {
        auto promise = std::make_shared<std::promise<result<result_ptr>>>();
        auto outcome = promise->get_future();
        auto running = source->execute(sql(endless), [promise](result<result_ptr> r) {
            promise->set_value(std::move(r));
        });
        // Now, or as soon as the session has begun: both must hold.
        if (random() % 2 == 0) std::this_thread::yield();
        running->cancel();
        auto ended = outcome.get();
        if (ended) {
            auto rest = read_all(**ended);
            REQUIRE_FALSE(rest);
            REQUIRE(rest.error().kind == status::query_cancelled);
        } else {
            REQUIRE(ended.error().kind == status::query_cancelled);
        }
        auto next = run(*source, sql("select " + std::to_string(i)));
        REQUIRE(next);
        REQUIRE(*next == rows{{std::to_string(i)}});
    }
}

TEST_CASE("edits under load fail no query") {
    auto host = open_host();
    auto source = make(*host, 4);
    std::atomic<bool> stop{false};
    std::atomic<int> done{0};
    std::atomic<int> failed{0};
    std::vector<std::thread> callers;
    for (int t = 0; t < 3; ++t) {
        callers.emplace_back([&] {
            while (!stop) {
                (run(*source, sql("select 1")) ? done : failed).fetch_add(1);
            }
        });
    }
    for (int i = 0; i < 30; ++i) {
        datasource_change change;
        change.pool_max_size = 2 + i % 5;
        auto edited = wait<datasource_ptr>([&](auto then) {
            host->update("d", std::move(change), std::move(then));
        });
        REQUIRE(edited);
    }
    stop = true;
    for (auto& caller : callers)
        caller.join();
    CHECK(failed == 0);
    CHECK(done > 0);
}

TEST_CASE("a thousand waiting queries cost no thread each, and all are answered") {
    auto host = open_host();
    auto source = make(*host, 2);
    REQUIRE(run(*source, sql("select 1")));
    const std::size_t before = thread_count();
    std::vector<std::future<result<result_ptr>>> answers;
    for (int i = 0; i < 1000; ++i) {
        auto promise = std::make_shared<std::promise<result<result_ptr>>>();
        answers.push_back(promise->get_future());
        (void)source->execute(sql("select 1"), [promise](result<result_ptr> r) {
            promise->set_value(std::move(r));
        });
    }
    // One more session of the pool of two may have begun, with its thread.
    CHECK(thread_count() <= before + 1);
    for (auto& answer : answers) {
        auto opened = answer.get();
        REQUIRE(opened);
        REQUIRE(read_all(**opened));
    }
    CHECK(source->pool().in_use == 0);
}

TEST_CASE("closing the host ends what runs, and a batch outlives everything") {
    unique_array batch;
    {
        auto host = open_host();
        auto source = make(*host, 2);
        auto opened = execute(*source, sql("select 42 as answer"));
        REQUIRE(opened);
        auto first = wait<unique_array>([&](auto done) { (*opened)->next(std::move(done)); });
        REQUIRE(first);
        batch = std::move(*first);
        auto promise = std::make_shared<std::promise<result<result_ptr>>>();
        auto outcome = promise->get_future();
        (void)source->execute(sql(endless), [promise](result<result_ptr> r) {
            promise->set_value(std::move(r));
        });
        REQUIRE(wait<void>([&](auto done) { host->close(std::move(done)); }));
        auto ended = outcome.get();
        if (ended) CHECK_FALSE(read_all(**ended));
    }
    REQUIRE(batch);
    CHECK(batch->length == 1);
    CHECK(static_cast<const std::int64_t*>(batch->children[0]->buffers[1])[0] == 42);
}

}  // namespace
}  // namespace qry::test
