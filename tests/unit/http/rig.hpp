// A client on a loop of the test's own, which says afterwards what was left behind.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <catch2/catch.hpp>

#include <qry/conformance/ledger.hpp>
#include <qry/conformance/loaded_plugin.hpp>
#include <qry/conformance/loop.hpp>
#include <qry/kit/http/client.hpp>

#include "http_server.hpp"

namespace qry::test {

using namespace std::chrono_literals;
using http::client;
using http::options;
using http::request;
using http::response;

class rig {
public:
    explicit rig(options how = {}) {
        host_services() = &conformance::host_table();
        auto made = client::make(loop(), std::move(how));
        REQUIRE(made);
        client_ = std::move(*made);
    }
    rig(const rig&) = delete;
    rig& operator=(const rig&) = delete;
    ~rig() {
        client_.reset();
        CHECK(loop_.watches() == 0);
        CHECK(loop_.timers() == 0);
        CHECK(book_->violations().empty());
    }

    [[nodiscard]] loop_ref loop() { return {loop_.handle(), &conformance::loop::services()}; }
    [[nodiscard]] client& http() { return *client_; }
    [[nodiscard]] conformance::loop& turns() { return loop_; }

    // Starts it; the result is in the optional once there.
    using outcome = std::shared_ptr<std::optional<result<response>>>;
    outcome begin(task<result<response>> work) {
        auto out = std::make_shared<std::optional<result<response>>>();
        start(
            std::move(work),
            [out](result<response> got) noexcept { out->emplace(std::move(got)); },
            [](const std::exception_ptr&) noexcept { std::terminate(); }
        );
        return out;
    }
    bool until(const std::function<bool()>& done, std::chrono::nanoseconds span = 20s) {
        return loop_.run_until(done, conformance::after(span));
    }
    result<response> send(const request& what) {
        auto out = begin(client_->send(what));
        REQUIRE(until([&] { return out->has_value(); }));
        return std::move(**out);
    }
    result<response> get(std::string url) {
        request what;
        what.url = std::move(url);
        return send(what);
    }

private:
    std::shared_ptr<conformance::ledger> book_ = std::make_shared<conformance::ledger>();
    conformance::loop loop_{book_};
    std::unique_ptr<client> client_;
};

}  // namespace qry::test
