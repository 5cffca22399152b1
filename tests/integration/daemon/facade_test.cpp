// A daemon and its clients in one process: what crosses the socket, and what is given back.
#include <atomic>
#include <chrono>
#include <random>
#include <thread>

#include <qry/serve.hpp>

#include "host_fixture.hpp"

namespace qry::test {
namespace {

// Runs for minutes unless stopped.
constexpr const char* endless =
    "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n";
// Seven batches, the first ones of a megabyte.
constexpr const char* many =
    "with recursive n(i) as (select 1 union all select i + 1 from n where i < 200000) "
    "select i, 'row ' || i as t from n";

class daemon_rig {
public:
    daemon_rig() {
        serve_options how;
        how.host.registry = ":memory:";
        how.host.isolation = "inline";
        how.listen = "unix:" + folder_.file("s");
        how.drain = duration(0);
        auto started = server::start(std::move(how));
        REQUIRE(started);
        server_ = std::move(*started);
    }
    ~daemon_rig() {
        if (server_) CHECK(stop());
    }
    daemon_rig(const daemon_rig&) = delete;
    daemon_rig& operator=(const daemon_rig&) = delete;

    [[nodiscard]] host_ptr connect() const {
        auto made = host::connect(server_->address());
        REQUIRE(made);
        return *made;
    }
    [[nodiscard]] const std::string& address() const { return server_->address(); }
    result<void> stop() {
        auto last = std::exchange(server_, nullptr);
        return wait<void>([&](auto done) { last->stop(std::move(done)); });
    }

private:
    temporary_folder folder_;
    std::shared_ptr<server> server_;
};

datasource_ptr make(host& in, int pool = 4) {
    auto spec = sqlite_spec("d");
    spec.pool_max_size = pool;
    auto made = create(in, std::move(spec));
    REQUIRE(made);
    return *made;
}

// Waits for what happens on other threads.
template <class Condition>
bool soon(Condition condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::yield();
    }
    return true;
}

TEST_CASE("rows come over the socket as they are") {
    daemon_rig rig;
    auto host = rig.connect();
    auto source = make(*host);
    auto outcome = run(*source, sql("select 1 as n, 'x' as t union all select 2, null"));
    REQUIRE(outcome);
    CHECK(*outcome == rows{{"1", "x"}, {"2", "null"}});
    auto large = run(*source, sql(many));
    REQUIRE(large);
    REQUIRE(large->size() == 200000);
    CHECK(large->front() == std::vector<std::string>{"1", "row 1"});
    CHECK(large->back() == std::vector<std::string>{"200000", "row 200000"});
}

TEST_CASE("a batch outlives result, datasource, host and daemon") {
    unique_array batch;
    unique_schema schema;
    {
        daemon_rig rig;
        auto host = rig.connect();
        auto opened = execute(*make(*host), sql(many));
        REQUIRE(opened);
        auto first = wait<unique_array>([&](auto done) { (*opened)->next(std::move(done)); });
        REQUIRE(first);
        batch = std::move(*first);
        (*opened).reset();
        // The daemon's memory is written to again meanwhile, but not under this batch.
        auto other = rig.connect();
        auto spec = sqlite_spec("other");
        auto source = create(*other, std::move(spec));
        REQUIRE(source);
        REQUIRE(run(**source, sql("select i from (" + std::string(many) + ")")));
    }
    REQUIRE(batch->n_children == 2);
    const auto* numbers = static_cast<const std::int64_t*>(batch->children[0]->buffers[1]);
    for (std::int64_t i = 0; i < batch->length; ++i) {
        if (numbers[i] != i + 1) FAIL("row " << i << " is " << numbers[i]);
    }
}

TEST_CASE("a host that goes takes its queries along and nobody else's") {
    daemon_rig rig;
    auto stays = rig.connect();
    auto source = make(*stays, 8);
    auto mine = execute(*source, sql(many));
    REQUIRE(mine);
    {
        auto goes = rig.connect();
        auto found = wait<datasource_ptr>([&](auto done) { goes->get("d", std::move(done)); });
        REQUIRE(found);
        auto half = execute(**found, sql(many));
        REQUIRE(half);
        for (int i = 0; i < 5; ++i)
            (void)(*found)->execute(sql(endless), [](const result<result_ptr>&) {});
        REQUIRE(soon([&] { return source->pool().in_use == 7; }));
    }
    CHECK(soon([&] { return source->pool().in_use == 1; }));
    auto rest = read_all(**mine);
    REQUIRE(rest);
    CHECK(rest->size() == 200000);
    CHECK(soon([&] { return source->pool().in_use == 0; }));
}

TEST_CASE("every call completes exactly once when hosts close, cancel and go at random") {
    daemon_rig rig;
    {
        auto first = rig.connect();
        make(*first, 6);
    }
    std::atomic<int> begun{0};
    std::atomic<int> ended{0};
    const auto storm = [&](unsigned seed) {
        std::mt19937 random(seed);
        for (int round = 0; round < 15; ++round) {
            // Assertions are for the main thread: what is missing shows in the count.
            auto connected = host::connect(rig.address());
            if (!connected) continue;
            const host_ptr mine = std::move(*connected);
            auto source = wait<datasource_ptr>([&](auto done) { mine->get("d", std::move(done)); });
            if (!source) continue;
            std::vector<operation_ptr> work;
            for (int i = 0; i < 6; ++i) {
                ++begun;
                const char* text = random() % 2 == 0 ? endless : "select 1";
                work.push_back((*source)->execute(sql(text), [&](const result<result_ptr>&) {
                    ++ended;
                }));
            }
            for (const auto& each : work) {
                if (random() % 2 == 0) each->cancel();
            }
            if (random() % 2 == 0) {
                (void)wait<void>([&](auto done) { mine->close(std::move(done)); });
            }
        }
    };
    std::vector<std::thread> threads;
    for (unsigned seed = 1; seed <= 4; ++seed)
        threads.emplace_back(storm, seed);
    for (auto& each : threads)
        each.join();
    CHECK(soon([&] { return begun == ended; }));
    auto last = rig.connect();
    auto source = wait<datasource_ptr>([&](auto done) { last->get("d", std::move(done)); });
    REQUIRE(source);
    CHECK(soon([&] { return (*source)->pool().in_use == 0; }));
    CHECK(begun == 4 * 15 * 6);
}

TEST_CASE("a daemon that stops tells what runs, and its clients say so afterwards") {
    daemon_rig rig;
    auto host = rig.connect();
    auto source = make(*host);
    std::promise<result<result_ptr>> outcome;
    (void
    )source->execute(sql(endless), [&](result<result_ptr> r) { outcome.set_value(std::move(r)); });
    REQUIRE(soon([&] { return source->pool().in_use == 1; }));
    REQUIRE(rig.stop());
    auto told = outcome.get_future().get();
    REQUIRE_FALSE(told);
    CHECK(told.error().kind == status::closed);
    CHECK(told.error().retryable);
    auto later = run(*source, sql("select 1"));
    REQUIRE_FALSE(later);
    CHECK(later.error().kind == status::connection_failed);
    CHECK(later.error().hint.find("qry-host serve") != std::string::npos);
}

}  // namespace
}  // namespace qry::test
