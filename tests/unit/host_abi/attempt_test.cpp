#include <catch2/catch.hpp>

#include <mutex>
#include <vector>

#include <boost/asio/post.hpp>

#include "abi/host_services.hpp"
#include "puppet.hpp"

using namespace std::chrono_literals;
using puppet::pulled;

TEST_CASE("Connect is given the parameters, an arena, and a loop only when it is async") {
    const std::int32_t model = GENERATE(as<std::int32_t>{}, QRY_MODEL_ASYNC, QRY_MODEL_BLOCKING);
    pulled() = {};
    std::string host;
    bool has_loop = false, has_arena = false;
    pulled().connect = [&](const qry_connect_request* request, qry_session** out, qry_call* call) {
        host = request->params[0].value;
        has_loop = request->loop != nullptr;
        has_arena = request->arena != nullptr;
        *out = reinterpret_cast<qry_session*>(new int(0));
        call->complete(call, nullptr);
    };
    qry::base::loop_group loops(1);
    auto driver = puppet::load(loops, model);
    auto session = puppet::connect(*driver);
    REQUIRE(session);
    CHECK(host == "db");
    CHECK(has_loop == (model == QRY_MODEL_ASYNC));
    CHECK(has_arena);
    puppet::close(std::move(*session));
}

TEST_CASE("A failed connect is the plugin's error; an exception or silence is a broken contract") {
    const std::int32_t model = GENERATE(as<std::int32_t>{}, QRY_MODEL_ASYNC, QRY_MODEL_BLOCKING);
    pulled() = {};
    qry::status expected = qry::status::plugin_error;
    SECTION("error") {
        pulled().connect = [](const qry_connect_request*, qry_session**, qry_call* call) {
            qry_error e{};
            e.struct_size = sizeof(e);
            e.status = QRY_AUTHENTICATION_FAILED;
            e.message = "no";
            call->complete(call, &e);
        };
        expected = qry::status::authentication_failed;
    }
    SECTION("exception") {
        pulled().connect = [](const qry_connect_request*, qry_session**, qry_call*) { throw 1; };
    }
    SECTION("success without a session") {
        pulled().connect = [](const qry_connect_request*, qry_session**, qry_call* call) {
            call->complete(call, nullptr);
        };
    }
    qry::base::loop_group loops(1);
    auto driver = puppet::load(loops, model);
    auto session = puppet::connect(*driver);
    REQUIRE_FALSE(session);
    CHECK(session.error().kind == expected);
}

TEST_CASE("A connect that ignores its deadline and the cancel is given up; what it makes is freed"
) {
    pulled() = {};
    qry_session** slot = nullptr;
    qry_call* pending = nullptr;
    std::atomic<int> cancels{0};
    std::promise<void> closed;
    pulled().connect = [&](const qry_connect_request*, qry_session** out, qry_call* call) {
        slot = out;
        pending = call;
    };
    pulled().cancel_connect = [&](qry_call*) { ++cancels; };
    pulled().close = [&](qry_call* call) {
        call->complete(call, nullptr);
        closed.set_value();
    };
    qry::base::loop_group loops(1);
    auto driver = puppet::load(loops, QRY_MODEL_ASYNC);
    const std::int64_t begin = qry::base::now_ns();
    auto session = puppet::connect(*driver, 20ms);
    REQUIRE_FALSE(session);
    CHECK(session.error().kind == qry::status::query_timeout);
    CHECK(qry::base::now_ns() - begin >= 2'020'000'000);
    CHECK(cancels >= 5);
    // And now it answers after all.
    boost::asio::post(loops.loop(0), [&] {
        *slot = reinterpret_cast<qry_session*>(new int(0));
        pending->complete(pending, nullptr);
    });
    closed.get_future().get();
}

TEST_CASE("A blocking connect that heeds the cancel ends as cancelled") {
    pulled() = {};
    std::promise<void> begun, stop;
    auto stopped = stop.get_future().share();
    pulled().connect = [&](const qry_connect_request*, qry_session**, qry_call* call) {
        begun.set_value();
        stopped.get();
        qry_error e{};
        e.struct_size = sizeof(e);
        e.status = QRY_CONNECTION_FAILED;
        e.message = "interrupted";
        call->complete(call, &e);
    };
    pulled().cancel_connect = [&, once = false](qry_call*) mutable {
        if (!std::exchange(once, true)) stop.set_value();
    };
    qry::base::loop_group loops(1);
    auto driver = puppet::load(loops, QRY_MODEL_BLOCKING);
    using session = std::unique_ptr<qry::backend::session>;
    qry::operation_ptr op;
    auto outcome = qry::wait<session>([&](qry::completion<session> done) {
        op = driver->connect(puppet::within(30s), puppet::arguments(), std::move(done));
        begun.get_future().get();
        op->cancel();
    });
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().kind == qry::status::query_cancelled);
}

TEST_CASE("A test's steps arrive in order before its end, on both models") {
    const std::int32_t model = GENERATE(as<std::int32_t>{}, QRY_MODEL_ASYNC, QRY_MODEL_BLOCKING);
    pulled() = {};
    pulled().test = [](const qry_connect_request*, qry_call* call) {
        const qry_host& host = qry::abi::host_services();
        for (const char* name : {"resolve", "tcp"}) {
            qry_test_step step{};
            step.struct_size = sizeof(step);
            step.name = name;
            step.ok = 1;
            host.test_step(call, &step);
        }
        host.server_info(call, "server_version", "15.4");
        call->complete(call, nullptr);
    };
    qry::base::loop_group loops(1);
    auto driver = puppet::load(loops, model);
    std::vector<std::string> seen;
    qry::backend::reports sink;
    sink.on_step = [&](qry::test_step_report step) { seen.push_back(step.name); };
    sink.on_info = [&](std::string key, std::string value) { seen.push_back(key + "=" + value); };
    auto outcome = qry::wait<void>([&](qry::completion<void> done) {
        (void
        )driver->test(puppet::within(30s), puppet::arguments(), std::move(sink), std::move(done));
    });
    CHECK(outcome);
    CHECK(seen == std::vector<std::string>{"resolve", "tcp", "server_version=15.4"});
}
