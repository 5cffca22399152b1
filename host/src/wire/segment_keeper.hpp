// Gives the memory of segments back when nothing has asked for any for a while.
#pragma once

#include <cstdint>
#include <memory>

#include <boost/asio/io_context.hpp>

#include "base/timers.hpp"
#include "wire/segment.hpp"

namespace qry::wire {

// Costs an idle process nothing: its timer runs only from the first use of memory to the rest.
// Used on its loop's thread only; the loop lasts longer.
class segment_keeper : public std::enable_shared_from_this<segment_keeper>,
                       private base::timer_entry {
public:
    static constexpr std::int64_t patience_ns = 5'000'000'000;

    // patience: the memory rests between one and two of these after its last use.
    [[nodiscard]] static std::shared_ptr<segment_keeper> start(
        boost::asio::io_context& loop,
        std::shared_ptr<segment_source> memory,
        std::int64_t patience = patience_ns
    );
    ~segment_keeper() override;

private:
    segment_keeper(
        boost::asio::io_context& loop, std::shared_ptr<segment_source> memory, std::int64_t patience
    );
    void watch();
    void expired() noexcept override;

    base::timers& timers_;
    const std::shared_ptr<segment_source> memory_;
    const std::int64_t patience_;
    std::uint64_t asked_ = 0;
};

}  // namespace qry::wire
