#include "tracked_call.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <utility>

namespace qry::conformance {
namespace {

std::string text(const char* s) {
    return s != nullptr ? std::string(s) : std::string();
}

error copy_out(const qry_error& e) {
    return {
        .kind = static_cast<status>(e.status),
        .message = text(e.message),
        .hint = text(e.hint),
        .from = e.origin == QRY_ORIGIN_UNSET ? origin::plugin : static_cast<origin>(e.origin),
        .detail = text(e.detail),
        .sqlstate = std::string(e.sqlstate, ::strnlen(e.sqlstate, 5)),
        .vendor_code = e.vendor_code,
        .parameter = text(e.parameter),
        .position = e.position,
        .retryable = e.retryable != 0};
}

}  // namespace

tracked_call::tracked_call(
    std::string verb,
    std::shared_ptr<ledger> book,
    std::shared_ptr<const datasource> where,
    std::int64_t deadline_ns,
    ends_by end,
    int number
)
    : verb_(std::move(verb)),
      query_id_("conformance-" + std::to_string(number)),
      book_(std::move(book)),
      where_(std::move(where)),
      end_(end) {
    raw_ = {sizeof(qry_call), deadline_ns, query_id_.c_str(), this, &tracked_call::complete};
    trace_.verb = verb_;
    trace_.begun_ns = monotonic_ns();
}

bool tracked_call::over_locked() const noexcept {
    return end_ == ends_by::completion ? trace_.completions > 0 : returned_;
}

void tracked_call::returned() {
    const std::lock_guard lock(mutex_);
    returned_ = true;
    if (end_ == ends_by::returning && trace_.completions == 0) {
        const std::string what = verb_ + " of a blocking driver returned without completing";
        book_->add(violation{"call.completes", what});
        failure_ = error{.kind = status::plugin_error, .message = what, .from = origin::host};
        trace_.ended_ns = monotonic_ns();
    }
    changed_.notify_all();
}

bool tracked_call::completed() const {
    const std::lock_guard lock(mutex_);
    return trace_.completions > 0;
}

bool tracked_call::over() const {
    const std::lock_guard lock(mutex_);
    return over_locked();
}

bool tracked_call::wait_until(std::int64_t at_ns) const {
    // libstdc++'s steady clock is CLOCK_MONOTONIC.
    const std::chrono::steady_clock::time_point at{std::chrono::nanoseconds(at_ns)};
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, at, [this] { return over_locked(); });
}

call_trace tracked_call::trace() const {
    const std::lock_guard lock(mutex_);
    return trace_;
}

std::optional<error> tracked_call::failure() const {
    const std::lock_guard lock(mutex_);
    return failure_;
}

tracked_call& tracked_call::of(qry_call* call) noexcept {
    return *static_cast<tracked_call*>(call->host_data);
}

void tracked_call::must_be_in_flight(const char* service) {
    if (!completed()) return;
    book_->add(violation{
        "call.untouched_after_completion",
        std::string(service) + " was called for " + verb_ + " after that had completed"});
}

void tracked_call::complete(qry_call* call, const qry_error* why) {
    of(call).finish(why);
}

void tracked_call::finish(const qry_error* why) {
    {
        const std::lock_guard lock(mutex_);
        if (++trace_.completions > 1) {
            book_->add(violation{
                "call.completes_once",
                verb_ + " completed " + std::to_string(trace_.completions) + " times"});
            return;
        }
        if (why != nullptr) {
            failure_ = copy_out(*why);
            if (why->status == QRY_OK) {
                book_->add(violation{"error.status", verb_ + " failed with an error of status OK"});
            }
            if (why->message == nullptr || *why->message == '\0') {
                book_->add(violation{"error.message", verb_ + " failed without a message"});
            }
        }
        trace_.thread = std::this_thread::get_id();
        trace_.ended_ns = monotonic_ns();
        changed_.notify_all();
    }
    if (on_complete) on_complete();
}

}  // namespace qry::conformance
