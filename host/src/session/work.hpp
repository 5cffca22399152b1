// Something that runs on one session of the pool: request_fsm with a session, a deadline and the
// caller's answer. What is run and what is answered is the derived class's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/any_io_executor.hpp>
#include <boost/intrusive/list.hpp>

#include "backend/backend.hpp"
#include "base/deadline.hpp"
#include "base/loop_driver.hpp"
#include "base/timers.hpp"
#include "session/pool_fsm.hpp"
#include "session/request_fsm.hpp"

namespace qry::session {

class session_pool;
struct session_slot;

struct leased_tag;
using leased_hook = boost::intrusive::list_base_hook<boost::intrusive::tag<leased_tag>>;

// While it waits, whoever unlinks it from the queue calls it; once it has a session, the loop of
// that session does. So there is always one thread, and no lock.
class work : public operation,
             public pool_waiter,
             public leased_hook,
             public base::timer_entry,
             public std::enable_shared_from_this<work> {
public:
    work(std::shared_ptr<session_pool> pool, base::deadline limit);

    // Any thread.
    void cancel() noexcept override;
    [[nodiscard]] const base::deadline& limit() const noexcept { return limit_; }
    [[nodiscard]] const std::string& id() const noexcept { return id_; }
    // QRY_LOG=trace, for the lines of this work; ask before making a text.
    [[nodiscard]] bool traced() const noexcept { return traced_; }
    void trace(std::string_view source, std::string_view what) const noexcept;

    // On the loop of the session that was granted.
    void started();
    // The reader has made room.
    virtual void woken() {}
    void stop_here(ending why);
    // Unlinked from the queue. failure: why there will be no session.
    void no_session(ending why, error failure);

protected:
    ~work() override = default;

    // Calls the next verb on session(); its completion says verb_done or verb_failed.
    virtual void run_verb() = 0;
    // The outcome is decided; failure is NULL when the work is finished. Once.
    virtual void decided(const error* failure) = 0;
    // Tells the caller what there is to tell. Any number of times.
    virtual void flush() = 0;
    // "executing", "fetching rows".
    [[nodiscard]] virtual const char* doing() const = 0;
    // Where notices go while it runs.
    [[nodiscard]] virtual backend::reports reports() { return {}; }

    [[nodiscard]] backend::session& session() noexcept;
    [[nodiscard]] backend::verb_context context() const {
        return {
            .deadline_ns = limit_.at_ns(),
            .query_id = id_,
            .started_ns = traced_ ? limit_.started_ns() : 0};
    }
    [[nodiscard]] session_pool& pool() noexcept { return *pool_; }
    [[nodiscard]] const request_fsm& fsm() const noexcept { return fsm_; }
    // Keeps the loop of its session from being lent while this goes on. On that loop.
    [[nodiscard]] base::loop_hold hold_loop() const;
    // A completion for a verb that came too late to matter is false here.
    [[nodiscard]] bool verb_done();
    void verb_failed(error failure);
    void go_on() { apply(fsm_.go_on(), nullptr); }
    void finish() { apply(fsm_.finish(), nullptr); }
    // The session sat unused before it was lent.
    [[nodiscard]] bool session_was_idle() const noexcept;
    // Gives the session up for another one.
    void replace_session() { apply(fsm_.stale(), nullptr); }

private:
    friend class session_pool;

    void expired() noexcept override;
    void apply(request_step step, const error* failure);
    void press();
    // The session leaves: it was cancelled in time, or it has to be destroyed for it.
    void count_cancel() noexcept;
    void begin_reset();
    void set_timer(std::int64_t at_ns);
    [[nodiscard]] error stopped_error(ending why) const;

    const std::shared_ptr<session_pool> pool_;
    const base::deadline limit_;
    const std::string id_;
    const bool traced_;
    request_fsm fsm_;
    // A driver that calls every new session dead must not keep us here.
    bool looked_at_new_ = false;
    std::int64_t grace_ends_ns_ = 0;
    std::int64_t next_press_ns_ = 0;
    // Why the session would be destroyed, as things stand.
    drop_reason drop_as_ = drop_reason::broken;

    // Guarded by the pool's mutex; slot_ is also read on its loop while it is ours
    std::shared_ptr<work> keep_;
    session_slot* slot_ = nullptr;
};

}  // namespace qry::session
