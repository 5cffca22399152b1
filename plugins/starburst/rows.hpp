// The rows of a statement as pieces of JSON, in order, wherever they lie: in its replies, or in
// segments that are fetched from a store.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <qry/kit/json/reader.hpp>
#include <qry/result.hpp>
#include <qry/task.hpp>

#include "segment.hpp"
#include "statement.hpp"

namespace qry::starburst {

// A JSON array of rows.
struct row_piece {
    // Has json::padding readable bytes behind it.
    std::string_view text;
    // The reply that it is a part of, and where; NULL = it stands for itself.
    json::document* reply = nullptr;
    std::uint32_t token = 0;

    [[nodiscard]] result<void> open(json::row_reader& with) const {
        return reply != nullptr ? with.begin(*reply, token) : with.begin(text);
    }
};

class row_pieces {
public:
    row_pieces(server_link& link, statement& of);
    row_pieces(const row_pieces&) = delete;
    row_pieces& operator=(const row_pieces&) = delete;
    ~row_pieces();

    // The next piece, valid until the next call; without text at the end, when nothing is under way
    // any more. What ended the query badly is the error.
    [[nodiscard]] task<result<row_piece>> next(std::int64_t deadline_ns);
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
