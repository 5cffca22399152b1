// An operation that cannot begin at once: cancellable before, and passed on once it has begun.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include <qry/host.hpp>

#include "base/errors.hpp"

namespace qry::service {

// T: what the completion carries. Thread-safe.
template <class T>
class deferred final : public operation, public std::enable_shared_from_this<deferred<T>> {
public:
    explicit deferred(completion<T> done) : done_(std::move(done)) {}

    void cancel() noexcept override {
        operation_ptr inner;
        completion<T> done;
        {
            std::lock_guard lock(mutex_);
            cancelled_ = true;
            inner = inner_;
            if (!begun_) done = std::move(done_);
        }
        if (inner) inner->cancel();
        if (done) done(base::cancelled_error());
    }

    // Ends it before it began.
    void fail(error why) {
        if (auto done = take()) done(std::move(why));
    }
    // Begins it, unless it was cancelled: begin(completion) starts the real operation.
    template <class Begin>
    void begin(Begin&& begin) {
        auto done = take();
        if (!done) return;
        operation_ptr inner = begin(std::move(done));
        bool late = false;
        {
            std::lock_guard lock(mutex_);
            inner_ = inner;
            late = cancelled_;
        }
        if (late && inner) inner->cancel();
    }
    // The completion, for the one who will call it; empty when it was cancelled before.
    [[nodiscard]] completion<T> take() {
        std::lock_guard lock(mutex_);
        begun_ = true;
        return std::move(done_);
    }

private:
    std::mutex mutex_;
    // Guarded by mutex_
    completion<T> done_;
    operation_ptr inner_;
    bool begun_ = false;
    bool cancelled_ = false;
};

}  // namespace qry::service
