// The pool of one datasource at work: pool_fsm behind a mutex, with connects, closes and one timer.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/intrusive/list.hpp>

#include "backend/backend.hpp"
#include "base/log.hpp"
#include "base/loop_group.hpp"
#include "base/query_id.hpp"
#include "base/timers.hpp"
#include "session/counters.hpp"
#include "session/pool_fsm.hpp"
#include "session/request_fsm.hpp"
#include "session/runtime.hpp"
#include "session/work.hpp"

namespace qry::session {

struct session_slot final : pool_slot {
    std::unique_ptr<backend::session> session;
    boost::asio::any_io_executor executor;
};

// Thread-safe. No lock is held while a plugin, or a completion, is called.
class session_pool final : public base::timer_entry,
                           public std::enable_shared_from_this<session_pool> {
public:
    session_pool(
        base::loop_group& loops,
        std::shared_ptr<backend::driver> driver,
        target_ptr what,
        std::shared_ptr<counters> into
    );
    ~session_pool() override;

    // The work gets a session, by and by, or is told why not.
    void enter(const std::shared_ptr<work>& who);
    // Ends the work, wherever it is; nothing when it is over.
    void stop(work& who, ending why) noexcept;
    // Calls woken() on the loop of its session, if it has one.
    void wake(work& who);
    // The session of the work, after it; the work has none afterwards.
    void give_back(work& who);
    void drop(work& who, drop_reason reason);
    // As drop, and the work waits for another, before all others.
    void replace(work& who);

    // Work beside the pool that close() waits for: from join() to part().
    [[nodiscard]] bool join(const operation_ptr& what);
    void part(const operation& what) noexcept;

    [[nodiscard]] pool_stats stats() const;
    void close(runtime::ending how, completion<void> done);

    [[nodiscard]] const target& about() const noexcept { return *target_; }
    [[nodiscard]] backend::driver& driver() noexcept { return *driver_; }
    [[nodiscard]] backend::connect_arguments arguments() const { return arguments_; }
    [[nodiscard]] boost::asio::io_context& home() noexcept { return home_; }
    [[nodiscard]] std::string next_id() { return ids_.next(); }
    // Names the datasource in an error.
    [[nodiscard]] error named(error e) const;
    void count(ending how) noexcept;
    [[nodiscard]] counters& figures() noexcept { return *counters_; }
    // Whether the log still takes a warning about this datasource.
    [[nodiscard]] bool may_warn() noexcept { return warnings_.ask(base::now_ns()).allowed; }

private:
    void expired() noexcept override;

    struct connect_under_way {
        std::int64_t until_ns;
        // NULL until the driver has given it.
        operation_ptr what;
    };

    using lock = std::unique_lock<std::mutex>;
    // Under the lock: what must be true before anybody else looks.
    void prepare(pool_actions& actions);
    // Unlocks, and does it. failure: what `fail` says, NULL = closed.
    void perform(lock& held, pool_actions& actions, const error* failure = nullptr);
    void open();
    void opened(std::uint64_t number, result<std::unique_ptr<backend::session>> made);
    void close_slot(session_slot& slot);
    void closed(session_slot& slot);
    [[nodiscard]] session_slot& take_from(work& who) noexcept;
    void schedule();
    void arm();
    void finish_if_done(lock& held);

    // Thread-safe
    boost::asio::io_context& home_;
    const std::shared_ptr<backend::driver> driver_;
    const target_ptr target_;
    backend::connect_arguments arguments_;
    const std::shared_ptr<counters> counters_;
    base::query_ids ids_;
    base::log_limiter warnings_;

    mutable std::mutex mutex_;
    // Guarded by mutex_
    pool_fsm fsm_;
    std::vector<std::unique_ptr<session_slot>> slots_;
    boost::intrusive::list<work, boost::intrusive::base_hook<leased_hook>> leased_;
    std::map<std::uint64_t, connect_under_way> connects_;
    std::uint64_t connect_number_ = 0;
    std::vector<operation_ptr> beside_;
    std::vector<completion<void>> on_closed_;
    std::int64_t armed_ns_ = base::never_ns;
    std::uint64_t timeouts_ = 0;
    std::uint64_t cancelled_ = 0;
    std::string last_connect_error_;

    // Not thread-safe: home_'s thread only. Alive while its timer is set.
    std::shared_ptr<session_pool> keep_;
};

}  // namespace qry::session
