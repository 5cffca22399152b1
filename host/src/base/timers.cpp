#include "base/timers.hpp"

#include <chrono>

#include <boost/asio/io_context.hpp>

namespace qry::base {

namespace asio = boost::asio;

asio::execution_context::id timers::id;

void timer_set::set(timer_entry& entry, std::int64_t at_ns) noexcept {
    take_back(entry);
    entry.at_ns_ = at_ns;
    if (at_ns != never_ns) entries_.insert(entry);
}

void timer_set::take_back(timer_entry& entry) noexcept {
    if (entry.is_linked()) entries_.erase(entries_.iterator_to(entry));
}

std::int64_t timer_set::next_ns() const noexcept {
    return entries_.empty() ? never_ns : entries_.begin()->at_ns();
}

timer_entry* timer_set::pop(std::int64_t now) noexcept {
    if (next_ns() > now || entries_.empty()) return nullptr;
    timer_entry& first = *entries_.begin();
    entries_.erase(entries_.begin());
    return &first;
}

timers::timers(asio::execution_context& owner)
    : service(owner), timer_(static_cast<asio::io_context&>(owner)) {}

timers& timers::of(const asio::any_io_executor& executor) {
    return asio::use_service<timers>(asio::query(executor, asio::execution::context));
}

void timers::set(timer_entry& entry, std::int64_t at_ns) {
    entries_.set(entry, at_ns);
    arm();
}

void timers::arm() {
    const std::int64_t next = entries_.next_ns();
    if (next >= armed_ns_) return;
    armed_ns_ = next;
    // Cancels the later wait.
    timer_.expires_at(std::chrono::steady_clock::time_point(std::chrono::nanoseconds(next)));
    timer_.async_wait([this](const boost::system::error_code& failed) {
        if (!failed) fired();
    });
}

void timers::fired() {
    armed_ns_ = never_ns;
    const std::int64_t now = now_ns();
    while (timer_entry* entry = entries_.pop(now))
        entry->expired();
    arm();
}

void timers::shutdown() {
    while (timer_entry* entry = entries_.pop(never_ns))
        (void)entry;
}

}  // namespace qry::base
