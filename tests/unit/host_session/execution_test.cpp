#include <catch2/catch.hpp>

#include <vector>

#include "rig.hpp"

using fake::act;
using fake::inbox;
using fake::rig;
using namespace std::chrono_literals;
using qry::status;

namespace {

std::vector<std::int64_t> numbers(const qry::unique_array& batch) {
    const auto* data = static_cast<const std::int64_t*>(batch->children[0]->buffers[1]);
    return {data, data + batch->length};
}

// All rows, batch by batch.
std::vector<std::int64_t> read(const qry::result_ptr& result) {
    std::vector<std::int64_t> out;
    for (;;) {
        auto batch = rig::next(result);
        REQUIRE(batch);
        if (!*batch) return out;
        const auto some = numbers(*batch);
        out.insert(out.end(), some.begin(), some.end());
    }
}

}  // namespace

TEST_CASE("A query's batches come in order, then the end, again and again") {
    rig r;
    const act next = GENERATE(act::now, act::later);
    r.driver->set({.next = next, .batches = 4, .rows = 2});
    auto result = r.execute();
    REQUIRE(result);
    CHECK(std::string((*result)->schema()->children[0]->name) == "n");
    CHECK(read(*result) == std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7});
    CHECK_FALSE(*rig::next(*result));
    CHECK((*result)->rows_affected() == 8);
    CHECK((*result)->elapsed() > 0s);
    CHECK(r.driver->count.misuse == 0);
}

TEST_CASE("A small result gives its session back before its reader looks") {
    rig r(1);
    inbox<int> idle_at_delivery;
    inbox<qry::result_ptr> box;
    (void)r.runtime->execute(
        rig::ask(),
        [&, hand_on = box.completion(), note = idle_at_delivery.completion()](auto result) mutable {
            note(r.runtime->stats().idle);
            hand_on(std::move(result));
        }
    );
    CHECK(*idle_at_delivery.take() == 1);
    auto first = box.take();
    // Not read, not dropped, and still the only session serves the next query.
    REQUIRE(r.execute());
    CHECK(read(*first) == std::vector<std::int64_t>{0, 1, 2});
}

TEST_CASE("A statement without a result set has no schema and tells the rows it affected") {
    rig r;
    r.driver->set({.batches = -1});
    auto result = r.execute();
    REQUIRE(result);
    CHECK((*result)->schema() == nullptr);
    CHECK((*result)->rows_affected() == 7);
    CHECK_FALSE(*rig::next(*result));
    CHECK(r.driver->count.nexts == 0);
}

TEST_CASE("Nothing is read further ahead than one batch while the reader takes its time") {
    rig r;
    r.driver->set({.batches = 100, .rows = 1});
    auto result = r.execute();
    REQUIRE(result);
    r.settle();
    CHECK(r.driver->count.nexts == 2);
    REQUIRE(*rig::next(*result));
    REQUIRE(*rig::next(*result));
    r.settle();
    CHECK(r.driver->count.nexts == 3);
    CHECK(read(*result).size() == 98);
}

TEST_CASE("A row limit cuts exactly, also within a batch, and ends the query") {
    const std::int64_t limit = GENERATE(0, 1, 3, 4, 7, 300, 301);
    rig r(1);
    r.driver->set({.batches = 100, .rows = 3});
    qry::query q = rig::ask();
    q.limit = limit;
    auto result = r.execute(std::move(q));
    REQUIRE(result);
    const auto rows = read(*result);
    CHECK(rows.size() == static_cast<std::size_t>(std::min<std::int64_t>(limit, 300)));
    CHECK(r.reaches([](const auto& s) { return s.idle == 1; }));
    CHECK(r.driver->count.nexts <= limit / 3 + 1);
    CHECK(r.driver->count.resets == 1);
}

TEST_CASE("A second next while one is under way is refused, and the first one is served") {
    rig r;
    r.driver->set({.next = act::later, .batches = 2, .rows = 1});
    auto result = r.execute();
    REQUIRE(result);
    fake::script slow = r.driver->get();
    slow.next = act::until_cancelled;
    r.driver->set(slow);
    REQUIRE(rig::next(*result));
    auto second = rig::next(*result);
    inbox<qry::unique_array> waiting;
    (*result)->next(waiting.completion());
    auto refused = rig::next(*result);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == status::conflict);
    (*result)->cancel();
    auto ended = waiting.take();
    REQUIRE_FALSE(ended);
    CHECK(ended.error().kind == status::query_cancelled);
    CHECK(waiting.times() == 1);
}

TEST_CASE("A failed execute is the caller's error, with the datasource's name") {
    rig r(1);
    r.driver->set({.execute = act::fail});
    auto result = r.execute();
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == status::query_error);
    CHECK(result.error().datasource == "sales");
    CHECK(r.reaches([](const auto& s) { return s.idle == 1; }));
    CHECK(r.driver->count.closes == 0);
}

TEST_CASE("A failed next ends the result with that error, for good") {
    rig r(1);
    r.driver->set({.next = act::later, .batches = 50, .rows = 1});
    auto result = r.execute();
    REQUIRE(result);
    fake::script bad = r.driver->get();
    bad.next = act::fail;
    r.driver->set(bad);
    qry::result<qry::unique_array> batch = rig::next(*result);
    while (batch)
        batch = rig::next(*result);
    CHECK(batch.error().kind == status::query_error);
    CHECK_FALSE(rig::next(*result));
    CHECK(r.reaches([](const auto& s) { return s.idle == 1; }));
}

TEST_CASE("A broken connection costs its session") {
    rig r(1);
    fake::script broken{.execute = act::fail};
    broken.failure.kind = status::connection_failed;
    r.driver->set(broken);
    REQUIRE_FALSE(r.execute());
    CHECK(r.reaches([](const auto& s) { return s.destroyed.count("broken") == 1; }));
    r.driver->set({});
    CHECK(r.execute());
    CHECK(r.driver->count.connects == 2);
}

TEST_CASE("Cancelling a running query answers at once and keeps the session") {
    rig r(1);
    r.driver->set({.execute = act::until_cancelled});
    inbox<qry::result_ptr> box;
    auto op = r.runtime->execute(rig::ask(), box.completion());
    CHECK(r.reaches([](const auto& s) { return s.in_use == 1; }));
    op->cancel();
    auto result = box.take();
    REQUIRE_FALSE(result);
    CHECK(result.error().kind == status::query_cancelled);
    CHECK(r.reaches([](const auto& s) { return s.idle == 1; }));
    op->cancel();
    r.settle();
    CHECK(box.times() == 1);
    CHECK(r.driver->count.cancels >= 1);
    CHECK(r.driver->count.closes == 0);
    CHECK(r.runtime->stats().cancelled == 1);
}

TEST_CASE("Letting go of an unread result cancels it and keeps the session") {
    rig r(1);
    r.driver->set({.batches = 1000, .rows = 1});
    {
        auto result = r.execute();
        REQUIRE(result);
    }
    CHECK(r.reaches([](const auto& s) { return s.idle == 1; }));
    CHECK(r.driver->count.resets == 1);
    CHECK(r.driver->count.closes == 0);
}

TEST_CASE("A batch outlives result, runtime and loops") {
    const int before = fake::living_arrow();
    qry::unique_array batch;
    {
        rig r;
        auto result = r.execute();
        REQUIRE(result);
        batch = std::move(*rig::next(*result));
    }
    CHECK(numbers(batch) == std::vector<std::int64_t>{0, 1, 2});
    batch.reset();
    CHECK(fake::living_arrow() == before);
}
