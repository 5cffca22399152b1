// One session: at most one result at a time, read batch by batch on the session's own thread.
#pragma once

#include <atomic>
#include <memory>
#include <optional>

#include <qry/blocking.hpp>
#include <qry/kit/arrow/batch_builder.hpp>

#include "sheet.hpp"

namespace sheets {

class session final : public qry::blocking_session {
public:
    session(std::filesystem::path folder, qry::arrow::memory memory)
        : folder_(std::move(folder)), memory_(memory) {}

    qry::result<qry::result_head> execute(const qry::execute_request& request, const qry::call&)
        override;
    qry::result<qry::unique_schema>
    introspect(const qry_introspect_request& request, const qry::call&) override;
    qry::result<qry::unique_array> next(const qry::call&) override;
    void cancel() noexcept override { cancelled_ = true; }
    qry::result<void> reset(const qry::call&) override;

private:
    [[nodiscard]] std::filesystem::path file(const std::string& table) const {
        return folder_ / (table + ".csv");
    }

    const std::filesystem::path folder_;
    const qry::arrow::memory memory_;
    // Thread-safe. A cancel that comes before its verb has begun is sent again by the host.
    std::atomic<bool> cancelled_ = false;

    // The open result; introspection has its rows already, and no sheet.
    std::optional<sheet> rows_;
    std::optional<qry::arrow::batch_builder> batch_;
    std::vector<std::string> cells_;
};

struct driver {
    static qry::result<std::unique_ptr<qry::blocking_session>>
    connect(const qry::connect_request& request, const qry::call&);
    static qry::result<void> test(const qry::connect_request& request, const qry::call& call);
    // Nothing here waits.
    static void cancel_connect(qry_call*) noexcept {}
};

}  // namespace sheets
