// A supervisor with a fake worker behind it, and short words for what the tests do with it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <boost/asio/post.hpp>

#include "base/clock.hpp"
#include "base/loop_group.hpp"
#include "fake_worker.hpp"
#include "supervisor/supervisor.hpp"

namespace fake {

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
    // Fails the test when nothing comes.
    [[nodiscard]] qry::result<T> take() {
        std::unique_lock lock(box_->mutex);
        const auto some = [this] { return box_->value.has_value(); };
        if (!box_->there.wait_for(lock, std::chrono::seconds(20), some)) {
            throw std::runtime_error("no completion");
        }
        auto out = std::move(*box_->value);
        box_->value.reset();
        return out;
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
        std::int64_t at_ns = 0;
        int times = 0;
    };
    std::shared_ptr<shared> box_ = std::make_shared<shared>();
};

using session_ptr = std::unique_ptr<qry::backend::session>;
inline constexpr std::int64_t ms = 1'000'000;

[[nodiscard]] inline qry::backend::verb_context within(std::int64_t milliseconds) {
    return {.deadline_ns = qry::base::now_ns() + milliseconds * ms, .query_id = "q1"};
}

// Runs `what` on the loop and waits for it.
template <class What>
auto on(boost::asio::any_io_executor loop, What what) {
    using outcome = decltype(what());
    // Shared: who waits may be gone before set_value has returned.
    auto promise = std::make_shared<std::promise<outcome>>();
    auto done = promise->get_future();
    boost::asio::post(loop, [promise, &what] {
        if constexpr (std::is_void_v<outcome>) {
            what();
            promise->set_value();
        } else {
            promise->set_value(what());
        }
    });
    return done.get();
}

// A session as the pool uses it: every call on its loop.
class held_session {
public:
    explicit held_session(session_ptr s) : session_(std::move(s)), loop_(session_->executor()) {}
    held_session(held_session&&) = default;
    ~held_session() {
        if (session_) on(loop_, [this] { session_.reset(); });
    }
    inbox<qry::backend::head> execute(std::string sql, std::int64_t in_ms = 30'000) {
        inbox<qry::backend::head> box;
        on(loop_, [&] {
            qry::backend::execute_arguments what;
            what.sql = std::move(sql);
            session_->execute(within(in_ms), std::move(what), box.completion());
        });
        return box;
    }
    inbox<qry::backend::batch> next() {
        inbox<qry::backend::batch> box;
        on(loop_, [&] { session_->next(within(30'000), box.completion()); });
        return box;
    }
    inbox<void> reset() {
        inbox<void> box;
        on(loop_, [&] { session_->reset(within(2'000), box.completion()); });
        return box;
    }
    inbox<void> close() {
        inbox<void> box;
        on(loop_, [&] { session_->close(within(2'000), box.completion()); });
        return box;
    }
    void cancel() {
        on(loop_, [&] { session_->cancel(); });
    }
    bool alive() {
        return on(loop_, [&] { return session_->alive(); });
    }

private:
    session_ptr session_;
    boost::asio::any_io_executor loop_;
};

struct rig {
    explicit rig(qry::supervisor::settings how = {}, std::filesystem::path folder = "/nonexistent")
        : workers(loops, std::move(how), nest.launcher()) {
        plugin.about.name = "fake";
        plugin.folder = folder;
        plugin.library = folder / "libqry_fake.so";
        driver = workers.driver(plugin, {});
    }
    ~rig() {
        // Nobody answers what is still being closed.
        if (worker) worker->die({qry::supervisor::death_cause::exited, 0, {}});
        driver.reset();
        workers.stop(std::chrono::milliseconds(3000));
        loops.stop();
    }

    inbox<session_ptr> connect(std::int64_t in_ms = 30'000) {
        inbox<session_ptr> box;
        under_way = driver->connect(within(in_ms), {}, box.completion());
        return box;
    }
    // A session on a worker that is ready; channel 1 of lane 0.
    held_session session() {
        auto box = connect();
        worker = nest.next_ready();
        return finish(box);
    }
    held_session finish(inbox<session_ptr>& box) {
        const frame asked = lane().expect(qry::wire::frame_type::connect);
        channel = asked.header.channel;
        lane().say(qry::wire::frame_type::connected, channel, asked.header.verb);
        auto made = box.take();
        if (!made) throw std::runtime_error(made.error().message);
        return held_session(std::move(*made));
    }
    peer& lane() { return worker->lanes[0]; }
    // Head, one batch of {7}, the end, all in one piece: a batch that is read before the end is
    // known is paid for with a credit.
    void answer(std::uint32_t verb, bool reset_done = true) {
        lane().hold();
        lane().say(qry::wire::frame_type::head, channel, verb, number_head());
        lane().raw(qry::wire::frame_type::batch, channel, verb, number_batch({7}));
        lane().say(
            qry::wire::frame_type::ended,
            channel,
            verb,
            qry::wire::ended{.rows_affected = 1, .reset_done = reset_done}
        );
        lane().let_go();
    }

    qry::base::loop_group loops{1};
    nursery nest;
    qry::supervisor::supervisor workers;
    qry::registry::plugin plugin;
    std::shared_ptr<qry::backend::driver> driver;
    qry::operation_ptr under_way;
    std::unique_ptr<started> worker;
    std::uint32_t channel = 0;
};

}  // namespace fake
