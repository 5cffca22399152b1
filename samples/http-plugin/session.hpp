// One session: at most one result at a time, read page by page.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <qry/async.hpp>
#include <qry/kit/arrow/batch_builder.hpp>

#include "service.hpp"

namespace rest {

class session final : public qry::async_session {
public:
    session(std::unique_ptr<service> from, qry::arrow::memory memory);

    qry::task<qry::result<qry::result_head>> execute(qry::execute_request request, qry::call c)
        override;
    qry::task<qry::result<qry::unique_schema>> introspect(
        qry_introspect_request request, qry::call c
    ) override;
    qry::task<qry::result<qry::unique_array>> next(qry::call c) override;
    void cancel() noexcept override { service_->interrupt(); }
    qry::task<qry::result<void>> reset(qry::call c) override;
    bool alive() noexcept override { return true; }
    qry::task<void> close(qry::call c) override;

private:
    // The open result: a batch under construction, and where its rows come from.
    struct open_result {
        qry::arrow::batch_builder batch;
        // Of execute only.
        std::unique_ptr<qry::json::row_reader> reader;
        page now;
        bool in_page = false;
        // The path of the page to be read next; empty = that was all.
        std::string path;
    };

    const std::unique_ptr<service> service_;
    const qry::arrow::memory memory_;
    std::optional<open_result> open_;
};

struct driver {
    static qry::task<qry::result<std::unique_ptr<qry::async_session>>> connect(
        qry::connect_request request, qry::call c
    );
    static qry::task<qry::result<void>> test(qry::connect_request request, qry::call c);
    static void cancel_connect(qry_call* call) noexcept;
};

}  // namespace rest
