// Many deadlines on one loop for the price of one timer.
//
// A query's deadline is nearly always taken back before it comes. So the loop's own timer is only
// ever set for the earliest entry when nothing earlier is set already, and taking one back touches
// a tree and no system call.
#pragma once

#include <cstdint>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/set.hpp>

#include "base/clock.hpp"

namespace qry::base {

// Something that has a time. Must be taken back before it is destroyed.
class timer_entry : public boost::intrusive::set_base_hook<
                        boost::intrusive::link_mode<boost::intrusive::safe_link>> {
public:
    timer_entry() = default;
    timer_entry(const timer_entry&) = delete;
    timer_entry& operator=(const timer_entry&) = delete;
    virtual ~timer_entry() = default;
    // At or after its time, never earlier. The entry is no longer set: it may be set again, or
    // destroyed.
    virtual void expired() noexcept = 0;
    [[nodiscard]] std::int64_t at_ns() const noexcept { return at_ns_; }
    friend bool operator<(const timer_entry& a, const timer_entry& b) noexcept {
        return a.at_ns_ < b.at_ns_;
    }

private:
    friend class timer_set;
    std::int64_t at_ns_ = never_ns;
};

// The entries in order of time, without a clock. Entries of the same time keep their order.
class timer_set {
public:
    // Setting it again moves it. never_ns takes it back.
    void set(timer_entry& entry, std::int64_t at_ns) noexcept;
    void take_back(timer_entry& entry) noexcept;
    // never_ns when there is none.
    [[nodiscard]] std::int64_t next_ns() const noexcept;
    // The earliest entry if it is due, taken out; else NULL.
    [[nodiscard]] timer_entry* pop(std::int64_t now) noexcept;

private:
    // Not thread-safe
    boost::intrusive::multiset<timer_entry> entries_;
};

// The timers of one loop. Not thread-safe: used on the loop's thread only.
class timers : public boost::asio::execution_context::service {
public:
    using key_type = timers;
    static boost::asio::execution_context::id id;

    explicit timers(boost::asio::execution_context& owner);
    // The one of the loop behind `executor`, which must belong to an io_context.
    [[nodiscard]] static timers& of(const boost::asio::any_io_executor& executor);

    void set(timer_entry& entry, std::int64_t at_ns);
    void take_back(timer_entry& entry) noexcept { entries_.take_back(entry); }

private:
    void shutdown() override;
    void arm();
    void fired();

    timer_set entries_;
    boost::asio::steady_timer timer_;
    // What timer_ is set to.
    std::int64_t armed_ns_ = never_ns;
};

}  // namespace qry::base
