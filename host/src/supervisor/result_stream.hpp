// The answer to execute or introspect as it comes over the wire: head, batches, end. No I/O but for
// what a batch needs of its lane.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include <qry/kit/arrow/type.hpp>

#include "backend/backend.hpp"
#include "supervisor/remote_lane.hpp"
#include "wire/lane.hpp"

namespace qry::supervisor {

// Not thread-safe.
class result_stream {
public:
    // Batches that may be on the way: one being read, one behind it.
    static constexpr std::uint32_t credit = 2;

    // A verb was sent: its answer may come.
    void begin();
    // What still comes of it goes nowhere, but is taken off the wire in good order.
    void drop();

    // head, batch, ended or failed of the verb. An error: it makes no sense.
    [[nodiscard]] result<void> on_frame(wire::incoming& frame, remote_lane& lane);

    // The head is there, or the error that came in its place.
    [[nodiscard]] bool has_head() const noexcept { return head_ || failure_; }
    [[nodiscard]] result<backend::head> take_head();
    // A batch, the end, or an error is there.
    [[nodiscard]] bool has_next() const noexcept {
        return !batches_.empty() || stage_ == stage::over || failure_;
    }
    // spent: a batch was taken off, and another may be asked for.
    [[nodiscard]] result<backend::batch> take_next(bool& spent);
    // Another batch may come.
    void grant() noexcept { ++allowed_; }

    // The worker says no more on this verb.
    [[nodiscard]] bool over() const noexcept { return stage_ == stage::over; }
    // The worker has reset the session by itself.
    [[nodiscard]] bool clean() const noexcept { return clean_; }
    // No rows follow, but the end does.
    [[nodiscard]] bool ends_soon() const noexcept { return stage_ == stage::batches && !type_; }
    // The result ends here, whatever has come.
    void fail(error why);

private:
    enum class stage { none, head, batches, over };

    [[nodiscard]] result<void> on_head(wire::incoming& frame);
    [[nodiscard]] result<void> on_batch(wire::incoming& frame, remote_lane& lane);
    [[nodiscard]] result<void> on_ended(wire::incoming& frame);

    stage stage_ = stage::none;
    bool dropped_ = false;
    bool clean_ = false;
    std::uint32_t allowed_ = 0;
    std::int64_t rows_affected_ = -1;
    std::optional<arrow::field> type_;
    std::optional<backend::head> head_;
    std::deque<unique_array> batches_;
    std::optional<error> failure_;
};

}  // namespace qry::supervisor
