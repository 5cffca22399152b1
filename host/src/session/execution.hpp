// One query: executed, read ahead of its reader, and ended in good order.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "session/work.hpp"

namespace qry::session {

class execution final : public work {
public:
    execution(
        std::shared_ptr<session_pool> pool,
        base::deadline limit,
        query what,
        completion<result_ptr> done
    );

    // For the open result, on any thread.
    void next(completion<unique_array> done);
    void let_go() noexcept;
    [[nodiscard]] const ArrowSchema* schema() const noexcept;
    [[nodiscard]] std::int64_t rows_affected() const noexcept;
    [[nodiscard]] std::vector<query_notice> notices() const;
    [[nodiscard]] duration elapsed() const noexcept;

private:
    void run_verb() override;
    void woken() override;
    void decided(const error* failure) override;
    void flush() override;
    const char* doing() const override { return delivered_ ? "fetching rows" : "executing"; }
    backend::reports reports() override;

    void on_head(result<backend::head> head);
    void on_batch(result<backend::batch> batch);
    void pump();
    void count_batch(const ArrowArray& rows);
    void count_end(const error* failure);
    [[nodiscard]] bool wants_batch();
    // True when a batch went out, so that there is room for another.
    bool deliver();
    [[nodiscard]] backend::execute_arguments arguments();
    void warn_forgotten(std::int64_t held_ns) noexcept;

    // Not thread-safe: the session's loop, or the queue's keeper
    const std::shared_ptr<query> query_;
    bool executed_ = false;
    bool has_args_ = false;
    bool pumping_ = false;
    bool complete_ = false;
    std::int64_t rows_left_;
    std::int64_t batches_ = 0;
    base::loop_hold hold_;

    mutable std::mutex mutex_;
    // Guarded by mutex_
    completion<result_ptr> done_;
    completion<unique_array> pending_;
    // The first batch, and the one that was read ahead of the reader.
    std::array<unique_array, 2> ready_;
    std::size_t ready_count_ = 0;
    bool reading_ = false;
    bool ended_ = false;
    std::optional<error> failure_;
    std::int64_t rows_affected_ = -1;
    std::int64_t ended_ns_ = 0;
    std::vector<query_notice> notices_;

    // Written before the result is handed over, constant afterwards
    unique_schema schema_;
    bool delivered_ = false;
    std::int64_t delivered_ns_ = 0;
};

}  // namespace qry::session
