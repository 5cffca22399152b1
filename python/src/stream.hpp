// The batches of one result, read a little ahead.
//
// One batch waits and one is under way, so that the server works while the reader does, and a small
// result has ended (and its session is back in the pool) before anybody asks for its rows. Beyond
// that the reader's pace holds the server back.
#pragma once

#include <qry/host.hpp>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "arrow_share.hpp"

namespace qry::python {

class stream : public std::enable_shared_from_this<stream> {
public:
    explicit stream(result_ptr result);

    // Starts to read; once.
    void start() { pump(); }

    // What is at hand: a batch, or an empty array at the end; nothing = not there yet.
    [[nodiscard]] std::optional<result<unique_array>> poll();
    // Every batch that is left, when the result has ended well and they hold at most so many rows.
    [[nodiscard]] std::optional<std::deque<unique_array>> take_rest(std::int64_t most_rows);
    // The next batch through `done`, at once or later; empty at the end. One call at a time.
    void next(completion<unique_array> done);
    // The next batch, waiting for it at most so long.
    [[nodiscard]] std::optional<result<unique_array>> next_within(std::chrono::milliseconds patience
    );
    // Ends the query; who waits gets query_cancelled.
    void cancel() noexcept;
    // cancel(), and drops what is here: nobody will ask again.
    void abandon() noexcept;

    // The query is over at its server, whether or not all batches were taken.
    [[nodiscard]] bool finished() const noexcept;
    [[nodiscard]] const shared_schema& schema() const noexcept { return schema_; }
    [[nodiscard]] bool has_rows() const noexcept { return has_rows_; }
    [[nodiscard]] const query_result& about() const noexcept { return *result_; }

private:
    static constexpr std::size_t read_ahead = 1;

    void pump();
    void arrived(result<unique_array> batch);
    [[nodiscard]] bool wants_more() const noexcept;
    // With mutex_ held.
    [[nodiscard]] std::optional<result<unique_array>> take();

    const result_ptr result_;
    shared_schema schema_;
    bool has_rows_ = false;

    mutable std::mutex mutex_;
    std::condition_variable changed_;
    // Guarded by mutex_
    std::deque<unique_array> ready_;
    completion<unique_array> waiting_;
    std::optional<error> failure_;
    bool pulling_ = false;
    // A thread is in pump(); what completes inside next() leaves the next step to it.
    bool pumping_ = false;
    bool again_ = false;
    bool ended_ = false;
    bool abandoned_ = false;
};

}  // namespace qry::python
