#include "abi/session_core.hpp"

#include <catch2/catch.hpp>

#include <atomic>

#include <boost/asio/post.hpp>

#include "puppet.hpp"

using namespace std::chrono_literals;
using puppet::pulled;

namespace {

void refuse(qry_call* call, qry_status status, const char* message) {
    qry_error e{};
    e.struct_size = sizeof(e);
    e.status = status;
    e.message = message;
    call->complete(call, &e);
}

}  // namespace

TEST_CASE("A session executes, reads to the end, resets and closes, on both models") {
    const std::int32_t model = GENERATE(as<std::int32_t>{}, QRY_MODEL_ASYNC, QRY_MODEL_BLOCKING);
    pulled() = {};
    int left = 2;
    std::string sql;
    pulled().execute = [&](const qry_execute_request* request, qry_result_head* head, qry_call* c) {
        sql.assign(request->sql, request->sql_length);
        puppet::fill_schema(&head->schema);
        c->complete(c, nullptr);
    };
    pulled().next = [&](ArrowArray* out, qry_call* call) {
        if (left-- > 0) puppet::fill_batch(out, 3);
        call->complete(call, nullptr);
    };
    qry::base::loop_group loops(1);
    auto driver = puppet::load(loops, model);
    auto session = puppet::connect(*driver);
    REQUIRE(session);
    auto head = puppet::execute(**session);
    REQUIRE(head);
    CHECK(sql == "select 1");
    CHECK(head->schema->n_children == 1);
    for (int i = 0; i < 2; ++i) {
        auto batch = puppet::next(**session);
        REQUIRE(batch);
        CHECK(batch->rows->length == 3);
    }
    auto end = puppet::next(**session);
    REQUIRE(end);
    CHECK_FALSE(end->rows);
    CHECK(puppet::reset(**session));
    puppet::close(std::move(*session));
}

TEST_CASE("What a verb does wrong becomes a PluginError, and the host goes on") {
    const std::int32_t model = GENERATE(as<std::int32_t>{}, QRY_MODEL_ASYNC, QRY_MODEL_BLOCKING);
    pulled() = {};
    std::string says;
    SECTION("it throws") {
        pulled().next = [](ArrowArray*, qry_call*) { throw 1; };
        says = "an exception escaped";
    }
    SECTION("a batch without rows") {
        pulled().next = [](ArrowArray* out, qry_call* call) {
            puppet::fill_batch(out, 0);
            call->complete(call, nullptr);
        };
        says = "a batch of 0 rows";
    }
    SECTION("a batch of negative length") {
        pulled().next = [](ArrowArray* out, qry_call* call) {
            puppet::fill_batch(out, -1);
            call->complete(call, nullptr);
        };
        says = "a batch of -1 rows";
    }
    SECTION("a batch of too many rows") {
        pulled().next = [](ArrowArray* out, qry_call* call) {
            puppet::fill_batch(out, 65'537);
            call->complete(call, nullptr);
        };
        says = "a batch of 65537 rows";
    }
    SECTION("a batch of other columns") {
        pulled().next = [](ArrowArray* out, qry_call* call) {
            puppet::fill_batch(out, 3);
            out->n_children = 0;
            call->complete(call, nullptr);
        };
        says = "a batch of 0 columns in a result of 1";
    }
    qry::base::loop_group loops(1);
    auto driver = puppet::load(loops, model);
    auto session = puppet::connect(*driver);
    REQUIRE(puppet::execute(**session));
    auto batch = puppet::next(**session);
    REQUIRE_FALSE(batch);
    CAPTURE(batch.error().message);
    CHECK(batch.error().kind == qry::status::plugin_error);
    CHECK(batch.error().message.find(says) != std::string::npos);
    puppet::close(std::move(*session));
}

TEST_CASE("A verb that completes twice ends once") {
    const std::int32_t model = GENERATE(as<std::int32_t>{}, QRY_MODEL_ASYNC, QRY_MODEL_BLOCKING);
    pulled() = {};
    pulled().reset = [](qry_call* call) {
        refuse(call, QRY_QUERY_ERROR, "first");
        call->complete(call, nullptr);
    };
    qry::base::loop_group loops(1);
    auto driver = puppet::load(loops, model);
    auto session = puppet::connect(*driver);
    auto outcome = puppet::reset(**session);
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().message == "first");
    puppet::close(std::move(*session));
}

TEST_CASE("A blocking verb that returns without completing is a broken contract") {
    pulled() = {};
    pulled().reset = [](qry_call*) {};
    qry::base::loop_group loops(1);
    auto driver = puppet::load(loops, QRY_MODEL_BLOCKING);
    auto session = puppet::connect(*driver);
    auto outcome = puppet::reset(**session);
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().message.find("returned without completing") != std::string::npos);
    puppet::close(std::move(*session));
}

TEST_CASE("A second verb while one runs is refused") {
    pulled() = {};
    qry_call* pending = nullptr;
    pulled().reset = [&](qry_call* call) { pending = call; };
    qry::base::loop_group loops(1);
    auto driver = puppet::load(loops, QRY_MODEL_ASYNC);
    auto session = puppet::connect(*driver);
    std::promise<qry::result<void>> first;
    boost::asio::post((*session)->executor(), [&] {
        (*session)->reset(puppet::within(30s), [&](qry::result<void> r) {
            first.set_value(std::move(r));
        });
    });
    auto second = puppet::reset(**session);
    REQUIRE_FALSE(second);
    CHECK(second.error().kind == qry::status::conflict);
    boost::asio::post((*session)->executor(), [&] { pending->complete(pending, nullptr); });
    CHECK(first.get_future().get());
    puppet::close(std::move(*session));
}

TEST_CASE("Cancel reaches a blocking plugin while its verb runs") {
    pulled() = {};
    std::promise<void> begun, stop;
    auto stopped = stop.get_future().share();
    pulled().reset = [&](qry_call* call) {
        begun.set_value();
        stopped.get();
        refuse(call, QRY_QUERY_CANCELLED, "interrupted");
    };
    pulled().cancel = [&] { stop.set_value(); };
    qry::base::loop_group loops(1);
    auto driver = puppet::load(loops, QRY_MODEL_BLOCKING);
    auto session = puppet::connect(*driver);
    std::promise<qry::result<void>> outcome;
    boost::asio::post((*session)->executor(), [&] {
        (*session)->reset(puppet::within(30s), [&](qry::result<void> r) {
            outcome.set_value(std::move(r));
        });
    });
    begun.get_future().get();
    boost::asio::post((*session)->executor(), [&] { (*session)->cancel(); });
    auto ended = outcome.get_future().get();
    REQUIRE_FALSE(ended);
    CHECK(ended.error().kind == qry::status::query_cancelled);
    puppet::close(std::move(*session));
}

TEST_CASE("Closing over a verb that hangs ends both; when the verb ends, its session is freed") {
    const std::int32_t model = GENERATE(as<std::int32_t>{}, QRY_MODEL_ASYNC, QRY_MODEL_BLOCKING);
    pulled() = {};
    std::promise<void> begun, stop, closed;
    auto stopped = stop.get_future().share();
    qry_call* pending = nullptr;
    pulled().reset = [&](qry_call* call) {
        pending = call;
        begun.set_value();
        if (model == QRY_MODEL_ASYNC) return;
        stopped.get();
        call->complete(call, nullptr);
    };
    pulled().close = [&](qry_call* call) {
        call->complete(call, nullptr);
        closed.set_value();
    };
    qry::base::loop_group loops(1);
    auto driver = puppet::load(loops, model);
    auto session = puppet::connect(*driver);
    std::string order;
    std::promise<void> both;
    boost::asio::post((*session)->executor(), [&] {
        (*session)->reset(puppet::within(30s), [&](qry::result<void> r) {
            order += r ? "reset " : "failed ";
        });
    });
    begun.get_future().get();
    boost::asio::post((*session)->executor(), [&] {
        (*session)->close(puppet::within(1s), [&](qry::result<void>) {
            order += "closed";
            both.set_value();
        });
    });
    both.get_future().get();
    CHECK(order == "failed closed");
    // Late, but not lost.
    stop.set_value();
    if (model == QRY_MODEL_ASYNC) {
        boost::asio::post(loops.loop(0), [&] { pending->complete(pending, nullptr); });
    }
    closed.get_future().get();
}

TEST_CASE("A close that hangs is given up at its deadline") {
    pulled() = {};
    std::promise<void> stop, ended;
    auto stopped = stop.get_future().share();
    pulled().close = [&](qry_call* call) {
        stopped.get();
        call->complete(call, nullptr);
        ended.set_value();
    };
    qry::base::loop_group loops(1);
    auto driver = puppet::load(loops, QRY_MODEL_BLOCKING);
    auto session = puppet::connect(*driver);
    auto& held = **session;
    auto closed = qry::wait<void>([&](qry::completion<void> done) {
        boost::asio::post(held.executor(), [&held, done = std::move(done)]() mutable {
            held.close(puppet::within(30ms), std::move(done));
        });
    });
    CHECK(closed);
    stop.set_value();
    ended.get_future().get();
}

TEST_CASE("A blocking session that died while idle says so before it sends anything") {
    pulled() = {};
    pulled().alive = [] { return 0; };
    bool executed = false;
    pulled().execute = [&](const qry_execute_request*, qry_result_head*, qry_call* call) {
        executed = true;
        call->complete(call, nullptr);
    };
    qry::base::loop_group loops(1);
    auto driver = puppet::load(loops, QRY_MODEL_BLOCKING);
    auto session = puppet::connect(*driver);
    auto head = puppet::execute(**session);
    REQUIRE_FALSE(head);
    CHECK(head.error().kind == qry::status::connection_failed);
    CHECK(head.error().retryable);
    CHECK_FALSE(executed);
    puppet::close(std::move(*session));
}

TEST_CASE("A small result of a blocking plugin is read, and its session reset, in one go") {
    pulled() = {};
    std::string order;
    bool sent = false;
    pulled().execute = [&](const qry_execute_request*, qry_result_head* head, qry_call* call) {
        order += "execute ";
        puppet::fill_schema(&head->schema);
        call->complete(call, nullptr);
    };
    pulled().next = [&](ArrowArray* out, qry_call* call) {
        order += "next ";
        if (!std::exchange(sent, true)) puppet::fill_batch(out, 3);
        call->complete(call, nullptr);
    };
    pulled().reset = [&](qry_call* call) {
        order += "reset ";
        call->complete(call, nullptr);
    };
    qry::base::loop_group loops(1);
    auto driver = puppet::load(loops, QRY_MODEL_BLOCKING);
    auto session = puppet::connect(*driver);
    REQUIRE(puppet::execute(**session));
    CHECK(order == "execute next next reset ");
    auto batch = puppet::next(**session);
    REQUIRE(batch);
    CHECK(batch->rows->length == 3);
    auto end = puppet::next(**session);
    REQUIRE(end);
    CHECK_FALSE(end->rows);
    CHECK(puppet::reset(**session));
    CHECK(order == "execute next next reset ");
    // What was done ahead is used once.
    CHECK(puppet::reset(**session));
    CHECK(order == "execute next next reset reset ");
    puppet::close(std::move(*session));
}

TEST_CASE("A big result of a blocking plugin is not read further than its first batch") {
    pulled() = {};
    int nexts = 0;
    pulled().next = [&](ArrowArray* out, qry_call* call) {
        ++nexts;
        puppet::fill_batch(out, 2000);
        call->complete(call, nullptr);
    };
    qry::base::loop_group loops(1);
    auto driver = puppet::load(loops, QRY_MODEL_BLOCKING);
    auto session = puppet::connect(*driver);
    REQUIRE(puppet::execute(**session));
    CHECK(nexts == 1);
    REQUIRE(puppet::next(**session));
    REQUIRE(puppet::next(**session));
    CHECK(nexts == 2);
    // Given up unread: the reset is the plugin's to do.
    CHECK(puppet::reset(**session));
    puppet::close(std::move(*session));
}
