// The verbs of one connection.
#pragma once

#include <memory>

#include <qry/blocking.hpp>

#include "database.hpp"
#include "row_source.hpp"

namespace qry::sqlite {

class session final : public blocking_session {
public:
    session(std::unique_ptr<database> db, qry_arena* arena) noexcept
        : db_(std::move(db)), arena_(arena) {}

    result<result_head> execute(const execute_request& request, const call& call) override;
    result<unique_schema> introspect(const qry_introspect_request& request, const call& call)
        override;
    result<std::string> schema_digest(const call& call) override;
    result<unique_array> next(const call& call) override;
    void cancel() noexcept override { db_->stop().request(); }
    result<void> reset(const call& call) override;
    std::int64_t rows_affected() noexcept override { return affected_; }

private:
    // Runs a verb's body so that it can be cancelled; a result that was cancelled or failed is
    // closed.
    template <class Body>
    auto run(const call& call, Body&& body);
    [[nodiscard]] result<void> check_idle() const;
    // One snapshot over all parts of the catalog.
    [[nodiscard]] result<void> begin_catalog();
    [[nodiscard]] result<void> end_catalog();

    std::unique_ptr<database> db_;
    qry_arena* const arena_;
    // Not thread-safe: session thread. After db_, so that it goes first.
    std::unique_ptr<row_source> rows_;
    std::int64_t affected_ = -1;
    bool in_catalog_ = false;
    bool last_part_ = false;
};

}  // namespace qry::sqlite
