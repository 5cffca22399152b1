// A runtime on a fake driver, and short words for what the tests do with it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <boost/asio/post.hpp>

#include "base/clock.hpp"
#include "base/loop_group.hpp"
#include "fake_backend.hpp"
#include "session/runtime.hpp"

namespace fake {

using namespace std::chrono_literals;

// Where a completion puts its result, and the test waits for it.
template <class T>
class inbox {
public:
    [[nodiscard]] qry::completion<T> completion() {
        return [box = box_](qry::result<T> r) {
            const std::lock_guard guard(box->mutex);
            ++box->times;
            box->at_ns = qry::base::now_ns();
            box->value.emplace(std::move(r));
            box->there.notify_all();
        };
    }
    // Fails the test after a minute.
    [[nodiscard]] qry::result<T> take() {
        std::unique_lock lock(box_->mutex);
        if (!box_->there.wait_for(lock, 60s, [this] { return box_->value.has_value(); })) {
            throw std::runtime_error("no completion within a minute");
        }
        auto out = std::move(*box_->value);
        box_->value.reset();
        return out;
    }
    [[nodiscard]] bool empty() const {
        const std::lock_guard guard(box_->mutex);
        return !box_->value.has_value();
    }
    [[nodiscard]] int times() const {
        const std::lock_guard guard(box_->mutex);
        return box_->times;
    }
    [[nodiscard]] std::int64_t at_ns() const {
        const std::lock_guard guard(box_->mutex);
        return box_->at_ns;
    }

private:
    struct shared {
        std::mutex mutex;
        std::condition_variable there;
        std::optional<qry::result<T>> value;
        int times = 0;
        std::int64_t at_ns = 0;
    };
    std::shared_ptr<shared> box_ = std::make_shared<shared>();
};

struct rig {
    explicit rig(int max = 3, qry::duration timeout = 30s) {
        auto what = std::make_shared<qry::session::target>();
        what->datasource = "sales";
        what->driver = "fake";
        what->timeout = timeout;
        what->timeout_source = timeout == 30s ? "default" : "datasource 'sales'";
        what->pool_max_size = max;
        runtime = qry::session::make_runtime(loops, driver, what);
    }
    ~rig() { close(); }

    void close(qry::session::runtime::ending how = qry::session::runtime::ending::cancel) {
        inbox<void> closed;
        runtime->close(how, closed.completion());
        (void)closed.take();
    }
    [[nodiscard]] static qry::query ask(std::optional<qry::duration> timeout = std::nullopt) {
        qry::query q;
        q.sql = "select n";
        q.timeout = timeout;
        return q;
    }
    [[nodiscard]] qry::result<qry::result_ptr> execute(qry::query q = ask()) {
        inbox<qry::result_ptr> box;
        (void)runtime->execute(std::move(q), box.completion());
        return box.take();
    }
    [[nodiscard]] static qry::result<qry::unique_array> next(const qry::result_ptr& result) {
        inbox<qry::unique_array> box;
        result->next(box.completion());
        return box.take();
    }
    // Until the loops have done all that was posted so far, twice over.
    void settle() {
        for (int round = 0; round < 4; ++round) {
            for (std::size_t i = 0; i < loops.size(); ++i) {
                inbox<void> passed;
                boost::asio::post(loops.loop(i), [done = passed.completion()]() mutable {
                    done(qry::result<void>());
                });
                (void)passed.take();
            }
        }
    }
    // Waits, for longer than any load excuses, until `what` holds of the pool.
    template <class Predicate>
    [[nodiscard]] bool reaches(Predicate what) {
        const std::int64_t until = qry::base::now_ns() + 200'000'000'000;
        while (!what(runtime->stats())) {
            if (qry::base::now_ns() > until) return false;
            settle();
        }
        return true;
    }

    qry::base::loop_group loops{2};
    std::shared_ptr<fake::driver> driver = std::make_shared<fake::driver>(loops);
    std::shared_ptr<qry::session::runtime> runtime;
};

}  // namespace fake
