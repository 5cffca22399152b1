// Many callers at once: every query has exactly one outcome, and the pool is whole afterwards.
#include <catch2/catch.hpp>

#include <atomic>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "rig.hpp"

using fake::act;
using fake::inbox;
using fake::rig;
using namespace std::chrono_literals;

namespace {

// Reads a result to its end from completions alone.
struct reader : std::enable_shared_from_this<reader> {
    reader(qry::result_ptr r, std::atomic<int>& e) : result(std::move(r)), ended(e) {}
    void go() {
        result->next([self = shared_from_this()](qry::result<qry::unique_array> batch) {
            if (batch && *batch) return self->go();
            ++self->ended;
        });
    }
    qry::result_ptr result;
    std::atomic<int>& ended;
};

}  // namespace

TEST_CASE("Ten thousand waiting queries on ten sessions all get their rows") {
    rig r(10);
    r.driver->set({.execute = act::later, .batches = 2, .rows = 1});
    std::atomic<int> ended{0};
    std::atomic<int> failed{0};
    for (int i = 0; i < 10'000; ++i) {
        (void)r.runtime->execute(rig::ask(10min), [&](qry::result<qry::result_ptr> result) {
            if (!result) {
                ++failed;
                return;
            }
            std::make_shared<reader>(std::move(*result), ended)->go();
        });
    }
    CHECK(r.reaches([&](const auto&) { return ended + failed == 10'000; }));
    CHECK(failed == 0);
    CHECK(r.driver->count.executes == 10'000);
    CHECK(r.driver->count.most_open <= 10);
    CHECK(r.driver->count.misuse == 0);
    CHECK(r.reaches([](const auto& s) { return s.in_use == 0 && s.waiting == 0; }));
}

TEST_CASE("Queries cancelled at random moments have one outcome each, and leave the pool whole") {
    const int size = GENERATE(1, 3);
    rig r(size);
    r.driver->set({.execute = act::later, .next = act::later, .batches = 3, .rows = 1});
    constexpr int threads = 4;
    constexpr int each = 500;
    std::atomic<int> outcomes{0};
    std::vector<std::thread> callers;
    for (int t = 0; t < threads; ++t) {
        callers.emplace_back([&, t] {
            std::minstd_rand random(static_cast<unsigned>(t + 1));
            std::vector<qry::operation_ptr> ops;
            for (int i = 0; i < each; ++i) {
                const auto dice = random() % 4;
                auto op = r.runtime->execute(
                    rig::ask(5min),
                    [&outcomes, dice](qry::result<qry::result_ptr> result) {
                        ++outcomes;
                        // Some read a little, some let go at once.
                        if (result && dice == 0) {
                            auto held = std::move(*result);
                            held->next([held](qry::result<qry::unique_array>) {});
                        }
                    }
                );
                if (dice == 1) op->cancel();
                ops.push_back(std::move(op));
                if (dice == 2) ops[random() % ops.size()]->cancel();
            }
        });
    }
    for (auto& caller : callers)
        caller.join();
    CHECK(r.reaches([&](const auto&) { return outcomes == threads * each; }));
    CHECK(r.reaches([](const auto& s) { return s.in_use == 0 && s.waiting == 0; }));
    CHECK(r.runtime->stats().size <= size);
    CHECK(r.driver->count.most_open <= size);
    CHECK(r.driver->count.misuse == 0);
    CHECK(r.driver->count.closes == 0);
    CHECK(outcomes == threads * each);
}

TEST_CASE("Queries under random limits end as success or timeout, never twice, never early") {
    rig r(2);
    r.driver->set({.execute = act::until_cancelled});
    std::atomic<int> outcomes{0};
    std::atomic<int> wrong{0};
    std::minstd_rand random(3);
    constexpr int many = 300;
    for (int i = 0; i < many; ++i) {
        const auto limit = std::chrono::milliseconds(1 + random() % 100);
        const std::int64_t begin = qry::base::now_ns();
        (void)r.runtime->execute(
            rig::ask(limit),
            [&, begin, limit](qry::result<qry::result_ptr> result) {
                const auto took = std::chrono::nanoseconds(qry::base::now_ns() - begin);
                const bool late = !result && (result.error().kind == qry::status::query_timeout ||
                                              result.error().kind == qry::status::pool_timeout);
                if (!late || took < limit) ++wrong;
                ++outcomes;
            }
        );
    }
    CHECK(r.reaches([&](const auto&) { return outcomes == many; }));
    CHECK(wrong == 0);
    CHECK(r.reaches([](const auto& s) { return s.in_use == 0; }));
    CHECK(r.runtime->stats().timeouts == many);
}
