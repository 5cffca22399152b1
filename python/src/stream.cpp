#include "stream.hpp"

#include <utility>

namespace qry::python {

stream::stream(result_ptr result) : result_(std::move(result)) {
    const ArrowSchema* given = result_->schema();
    has_rows_ = given != nullptr;
    ended_ = !has_rows_;
    schema_ = std::make_shared<unique_schema>(has_rows_ ? copy_schema(*given) : empty_schema());
}

bool stream::wants_more() const noexcept {
    return !ended_ && !pulling_ && (abandoned_ || ready_.size() <= read_ahead);
}

void stream::pump() {
    {
        const std::lock_guard lock(mutex_);
        again_ = true;
        if (std::exchange(pumping_, true)) return;
    }
    for (;;) {
        {
            const std::lock_guard lock(mutex_);
            if (!std::exchange(again_, false) || !wants_more()) {
                pumping_ = false;
                return;
            }
            pulling_ = true;
        }
        result_->next([self = shared_from_this()](result<unique_array> batch) {
            self->arrived(std::move(batch));
        });
    }
}

void stream::arrived(result<unique_array> batch) {
    completion<unique_array> waiter;
    std::optional<result<unique_array>> answer;
    {
        const std::lock_guard lock(mutex_);
        pulling_ = false;
        if (!batch) {
            ended_ = true;
            failure_ = std::move(batch.error());
        } else if (!*batch) {
            ended_ = true;
        } else if (!abandoned_) {
            ready_.push_back(std::move(*batch));
        }
        if (waiting_ && (answer = take())) waiter = std::move(waiting_);
    }
    changed_.notify_all();
    if (waiter) waiter(std::move(*answer));
    pump();
}

std::optional<result<unique_array>> stream::take() {
    if (!ready_.empty()) {
        unique_array batch = std::move(ready_.front());
        ready_.pop_front();
        return batch;
    }
    if (failure_) return *failure_;
    if (ended_) return unique_array{};
    return std::nullopt;
}

std::optional<result<unique_array>> stream::poll() {
    std::optional<result<unique_array>> answer;
    {
        const std::lock_guard lock(mutex_);
        answer = take();
    }
    pump();
    return answer;
}

std::optional<std::deque<unique_array>> stream::take_rest(std::int64_t most_rows) {
    const std::lock_guard lock(mutex_);
    if (!ended_ || failure_) return std::nullopt;
    for (const unique_array& batch : ready_)
        most_rows -= batch->length;
    if (most_rows < 0) return std::nullopt;
    return std::exchange(ready_, {});
}

void stream::next(completion<unique_array> done) {
    std::optional<result<unique_array>> answer;
    {
        const std::lock_guard lock(mutex_);
        if (waiting_) {
            answer = error{
                .kind = status::conflict,
                .message = "the next batch of this result is being waited for already",
                .hint = "read a result from one task only",
                .from = origin::host};
        } else if (!(answer = take())) {
            waiting_ = std::move(done);
        }
    }
    if (answer) done(std::move(*answer));
    pump();
}

std::optional<result<unique_array>> stream::next_within(std::chrono::milliseconds patience) {
    pump();
    std::optional<result<unique_array>> answer;
    {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, patience, [&] { return (answer = take()).has_value(); });
    }
    pump();
    return answer;
}

void stream::cancel() noexcept {
    result_->cancel();
}

void stream::abandon() noexcept {
    std::deque<unique_array> dropped;
    bool running = false;
    {
        const std::lock_guard lock(mutex_);
        abandoned_ = true;
        running = !ended_;
        dropped.swap(ready_);
    }
    if (!running) return;
    result_->cancel();
    // With nothing under way nobody would notice the cancel: ask for its answer.
    pump();
}

bool stream::finished() const noexcept {
    const std::lock_guard lock(mutex_);
    return ended_;
}

}  // namespace qry::python
