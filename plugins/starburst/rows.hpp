// The rows of a statement as pieces of JSON, in order, wherever they lie: in its replies, or in
// segments that are fetched from a store.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <qry/result.hpp>
#include <qry/task.hpp>

#include "segment.hpp"
#include "statement.hpp"

namespace qry::starburst {

class row_pieces {
public:
    row_pieces(server_link& link, statement& of);
    row_pieces(const row_pieces&) = delete;
    row_pieces& operator=(const row_pieces&) = delete;
    ~row_pieces();

    // The next piece: a JSON array of rows with json::padding readable bytes behind it, valid
    // until the next call; empty at the end, when nothing is under way any more. What ended the
    // query badly is the error.
    [[nodiscard]] task<result<std::string_view>> next(std::int64_t deadline_ns);
    // Waits until next() would not wait, or for `until_ns`; true = it would not.
    [[nodiscard]] task<bool> wait(std::int64_t until_ns);
    // Breaks off what is under way, the statement's replies too.
    void interrupt() noexcept;
    // Fetches nothing more and waits until nothing is under way. Stopping the statement is the
    // caller's.
    [[nodiscard]] task<void> stop();

private:
    void enqueue(page& from);
    void retire_shown();
    void fetch_ahead(std::int64_t deadline_ns);

    server_link& link_;
    statement& statement_;
    std::deque<std::unique_ptr<segment_fetch>> segments_;
    std::unique_ptr<segment_fetch> shown_;
    // Read, and the server is being told.
    std::vector<std::unique_ptr<segment_fetch>> retired_;
    // The page that the statement shows has been taken.
    bool page_taken_ = false;
};

}  // namespace qry::starburst
