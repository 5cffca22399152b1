// One session: what the server asked to remember, and the statement at work.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <qry/async.hpp>
#include <qry/kit/arrow/batch_builder.hpp>
#include <qry/kit/http/client.hpp>
#include <qry/kit/json/reader.hpp>

#include "catalog_walk.hpp"
#include "options.hpp"
#include "rows.hpp"
#include "session_state.hpp"
#include "statement.hpp"
#include "zones.hpp"

namespace qry::starburst {

class session final : public async_session {
public:
    session(
        loop_ref loop,
        std::unique_ptr<http::client> client,
        connect_options options,
        arrow::memory memory
    );
    ~session() override;

    task<result<result_head>> execute(execute_request request, call call) override;
    task<result<unique_schema>> introspect(qry_introspect_request request, call call) override;
    task<result<unique_array>> next(call call) override;
    void cancel() noexcept override;
    task<result<void>> reset(call call) override;
    bool alive() noexcept override { return true; }
    task<void> close(call call) override;
    std::int64_t rows_affected() noexcept override { return rows_affected_; }
    [[nodiscard]] std::optional<qry_progress> how_far() noexcept override;

private:
    [[nodiscard]] task<result<result_head>> run(const execute_request& request, const call& c);
    [[nodiscard]] task<result<result_head>> open_rows(const execute_request& request);
    [[nodiscard]] task<result<unique_array>> take_batch(std::int64_t deadline_ns);
    // Whatever is open is ended, at the server too.
    [[nodiscard]] task<void> end_result();
    void report_warnings(const call& c) const;
    // What a verb that was asked to end makes of how it ended.
    [[nodiscard]] error outcome(error e) const;
    void begin_verb() noexcept;
    void end_verb() noexcept;
    [[nodiscard]] task<result<void>> roll_back(std::int64_t deadline_ns);

    // Not thread-safe
    const connect_options options_;
    const arrow::memory memory_;
    loop_ref loop_;
    std::unique_ptr<http::client> client_;
    session_state state_;
    server_link link_;
    zone_table zones_;

    bool in_verb_ = false;
    bool cancel_requested_ = false;
    bool stopping_ = false;
    // Ends a request whose query the server has not named, when it takes too long.
    qry_timer* impatience_ = nullptr;

    // The open result.
    std::unique_ptr<statement> statement_;
    std::unique_ptr<row_pieces> pieces_;
    std::unique_ptr<json::row_reader> reader_;
    std::unique_ptr<arrow::batch_builder> batch_;
    std::unique_ptr<catalog_walk> walk_;
    // Of the introspection under way.
    std::vector<std::string> catalogs_;
    // A piece is begun and not used up.
    bool in_piece_ = false;
    std::int64_t rows_affected_ = -1;
    query_stats stats_;
    std::string stage_;
};

}  // namespace qry::starburst
