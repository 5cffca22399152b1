#include "verb_runner.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace qry::conformance {
namespace {

// So many calls are kept for a late second completion to be seen.
constexpr std::size_t calls_kept = 256;

// What a hung verb may still touch; reachable, and never destroyed, not even at exit.
void keep_for_ever(std::shared_ptr<const void> what) {
    static std::mutex mutex;
    static auto& kept = *new std::vector<std::shared_ptr<const void>>;
    const std::lock_guard lock(mutex);
    kept.push_back(std::move(what));
}

std::string seconds(std::chrono::nanoseconds span) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(span).count();
    return std::to_string(ms) + " ms";
}

}  // namespace

surroundings completed(surroundings on) {
    if (!on.book) on.book = std::make_shared<ledger>();
    if (!on.loop) on.loop = std::make_shared<loop>(on.book);
    if (!on.memory) on.memory = std::make_shared<arena>(on.book);
    return on;
}

verb_runner::verb_runner(const loaded_plugin& plugin, surroundings on)
    : plugin_(plugin), on_(completed(std::move(on))) {
    if (!plugin_.is_async()) thread_ = std::make_unique<verb_thread>();
}

qry_loop* verb_runner::loop_handle() const noexcept {
    return plugin_.is_async() ? on_.loop->handle() : nullptr;
}

std::thread::id verb_runner::thread() const noexcept {
    return thread_ ? thread_->id() : std::this_thread::get_id();
}

std::shared_ptr<tracked_call> verb_runner::make_call(
    const char* verb,
    std::shared_ptr<const datasource> where,
    const call_options& how,
    const std::string& with
) {
    if (on_.on_verb) on_.on_verb(with.empty() ? verb : verb + (": " + with));
    auto made = std::make_shared<tracked_call>(
        verb,
        on_.book,
        std::move(where),
        how.deadline_ns,
        plugin_.is_async() ? ends_by::completion : ends_by::returning,
        ++made_
    );
    calls_.push_back(made);
    if (calls_.size() > calls_kept) calls_.pop_front();
    return made;
}

bool verb_runner::wait_until(const tracked_call& call, std::int64_t at_ns) {
    if (thread_) return call.wait_until(at_ns);
    return on_.loop->run_until([&call] { return call.over(); }, at_ns);
}

result<void> verb_runner::run(
    const std::shared_ptr<tracked_call>& call,
    const call_options& how,
    std::function<void(qry_call*)> start,
    const std::function<void()>& cancel
) {
    if (hung_) {
        return error{
            .kind = status::plugin_error,
            .message = call->verb() + ": a verb before it never came back",
            .from = origin::host};
    }
    const std::int64_t begun = monotonic_ns();
    if (thread_) {
        thread_->run([call, start = std::move(start)] {
            start(call->raw());
            call->returned();
        });
    } else {
        // A completion from a wrong thread must not leave the loop asleep.
        call->on_complete = [loop = on_.loop, here = std::this_thread::get_id()] {
            if (std::this_thread::get_id() != here) loop->post([] {});
        };
        start(call->raw());
        call->returned();
    }
    if (how.cancel_after) cancel_at(*call, begun + how.cancel_after->count(), cancel);
    if (!wait_until(*call, begun + how.patience.count())) return give_up(*call, how);
    last_ = call->trace();
    if (last_.completions > 0) check_thread(last_);
    call->borrowed.reset();
    if (auto failure = call->failure()) return std::move(*failure);
    return {};
}

// An async verb is cancelled once. A blocking one may not have begun when the first cancel comes,
// which then rightly does nothing: it is cancelled again until it ends.
void verb_runner::cancel_at(
    const tracked_call& call, std::int64_t at_ns, const std::function<void()>& cancel
) {
    constexpr std::int64_t again_ns = 100'000'000;
    constexpr int most = 20;
    for (int sent = 0; sent < (thread_ ? most : 1); ++sent) {
        if (wait_until(call, at_ns + sent * again_ns)) return;
        cancel();
    }
}

void verb_runner::check_thread(const call_trace& trace) {
    if (trace.thread == thread()) return;
    on_.book->add(violation{
        "call.thread",
        trace.verb + (thread_ ? " completed outside the session's own thread"
                              : " completed outside the loop's thread")});
}

error verb_runner::give_up(const tracked_call& call, const call_options& how) {
    hung_ = true;
    last_ = call.trace();
    last_.ended_ns = monotonic_ns();
    const std::string what = call.verb() + " did not " +
                             (call.completed() ? "return" : "complete") + " within " +
                             seconds(how.patience);
    on_.book->add(violation{"call.in_time", what});
    if (thread_) thread_->abandon();
    keep_for_ever(shared_from_this());
    return {.kind = status::plugin_error, .message = what, .from = origin::host};
}

}  // namespace qry::conformance
