// Who gets which session, and when sessions are opened and closed: the decisions of a pool, without
// a clock, a thread or a socket.
//
// First come, first served. A waiter that leaves, or whose time comes, costs two unlinks and nobody
// else anything. The most recently used session is lent first, so that the others can grow old and
// be closed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <string>

#include <boost/container/small_vector.hpp>
#include <boost/intrusive/list.hpp>
#include <boost/intrusive/set.hpp>

#include <qry/error.hpp>
#include <qry/host.hpp>

namespace qry::session {

struct by_time_tag;

// Somebody who wants a session.
class pool_waiter : public boost::intrusive::list_base_hook<>,
                    public boost::intrusive::set_base_hook<boost::intrusive::tag<by_time_tag>> {
public:
    [[nodiscard]] bool waiting() const noexcept { return waiting_; }
    [[nodiscard]] std::int64_t wait_until_ns() const noexcept { return until_ns_; }
    friend bool operator<(const pool_waiter& a, const pool_waiter& b) noexcept {
        return a.until_ns_ < b.until_ns_;
    }

protected:
    pool_waiter() = default;
    ~pool_waiter() = default;

private:
    friend class pool_fsm;
    std::int64_t until_ns_ = 0;
    bool waiting_ = false;
};

// A session, existing or being made.
class pool_slot : public boost::intrusive::list_base_hook<> {
public:
    // Since when it has been unused; 0 = lent right after it was opened.
    [[nodiscard]] std::int64_t idle_since_ns() const noexcept { return idle_since_ns_; }

protected:
    pool_slot() = default;
    ~pool_slot() = default;

private:
    friend class pool_fsm;
    std::int64_t idle_since_ns_ = 0;
};

enum class drop_reason { broken, reset_failed, idle_too_long, closed, grace_passed };
[[nodiscard]] const char* to_text(drop_reason reason) noexcept;

struct pool_settings {
    int min_size = 1;
    int max_size = 10;
    std::int64_t idle_lifetime_ns = 300'000'000'000;
    // After the first failed connect; doubled by each that follows, up to the cap, and each time
    // cut by up to half at random.
    std::int64_t backoff_ns = 50'000'000;
    std::int64_t backoff_cap_ns = 1'000'000'000;
    // A pool that has worked waits so long for a server that restarts before callers hear of it.
    std::int64_t ride_over_ns = 3'000'000'000;
    // Connects under way at once.
    int connect_cap = 8;
    std::uint32_t seed = 1;
};

struct pool_action {
    enum class what {
        // Hand slot to waiter.
        grant,
        // Begin a connect; answer with opened() or open_failed().
        open,
        // Close slot; answer with closed().
        close,
        // waiter gets the error of the connect that failed, or hears that the pool is closed.
        fail,
        // waiter's time has come.
        time_out
    };
    what kind;
    pool_waiter* waiter = nullptr;
    pool_slot* slot = nullptr;
};
using pool_actions = boost::container::small_vector<pool_action, 4>;

// Not thread-safe. Each event appends what is to be done. Waiters and slots belong to the caller
// and must live until an action, or leave(), gave them back.
class pool_fsm {
public:
    explicit pool_fsm(pool_settings settings) : settings_(settings), random_(settings.seed) {}

    void enter(pool_waiter& waiter, std::int64_t until_ns, std::int64_t now, pool_actions& out);
    // Back to the head of the queue: the session it got was dead.
    void enter_again(
        pool_waiter& waiter, std::int64_t until_ns, std::int64_t now, pool_actions& out
    );
    // False: it does not wait any more.
    [[nodiscard]] bool leave(pool_waiter& waiter) noexcept;

    void opened(pool_slot& slot, std::int64_t now, pool_actions& out);
    // `until_ns`: when the connect was to give up. One that ran into it says nothing to those who
    // came meanwhile and have longer: another connect begins for them.
    void open_failed(const error& why, std::int64_t until_ns, std::int64_t now, pool_actions& out);
    void give_back(pool_slot& slot, std::int64_t now, pool_actions& out);
    // The lent session is not fit for use.
    void drop(pool_slot& slot, drop_reason reason, std::int64_t now, pool_actions& out);
    void closed(std::int64_t now, pool_actions& out);
    // Call it at next_ns(), or any time.
    void tick(std::int64_t now, pool_actions& out);
    [[nodiscard]] std::int64_t next_ns() const noexcept;

    // No one enters from now on; `fail_waiters`: and who waits is sent away.
    void shut(bool fail_waiters, std::int64_t now, pool_actions& out);
    [[nodiscard]] bool is_shut() const noexcept { return shut_; }
    // Shut, and nothing is left.
    [[nodiscard]] bool finished() const noexcept;

    [[nodiscard]] int idle() const noexcept { return static_cast<int>(idle_.size()); }
    [[nodiscard]] int lent() const noexcept { return lent_; }
    [[nodiscard]] int connecting() const noexcept { return connecting_; }
    [[nodiscard]] int waiting() const noexcept { return static_cast<int>(queue_.size()); }
    // The latest moment anybody in the queue waits for; 0 when it is empty.
    [[nodiscard]] std::int64_t longest_wait_ns() const noexcept {
        return by_time_.empty() ? 0 : by_time_.rbegin()->until_ns_;
    }
    // size, idle, in_use, waiting, created, destroyed, acquired; the rest is the caller's.
    [[nodiscard]] pool_stats stats() const;

private:
    void link(pool_waiter& waiter, std::int64_t until_ns) noexcept;
    void unlink(pool_waiter& waiter) noexcept;
    void close_slot(pool_slot& slot, drop_reason reason, pool_actions& out);
    // Those who wait no longer than until_ns.
    void fail_until(std::int64_t until_ns, pool_actions& out);
    // Grants what can be granted, opens what is missing, closes what is too much.
    void balance(std::int64_t now, pool_actions& out);
    [[nodiscard]] int wanted_connects() const noexcept;
    [[nodiscard]] bool rides_over(const error& why, std::int64_t now) noexcept;
    [[nodiscard]] std::int64_t backoff() noexcept;

    pool_settings settings_;
    std::minstd_rand random_;
    boost::intrusive::list<pool_waiter> queue_;
    boost::intrusive::multiset<
        pool_waiter,
        boost::intrusive::base_hook<
            boost::intrusive::set_base_hook<boost::intrusive::tag<by_time_tag>>>>
        by_time_;
    // Oldest first.
    boost::intrusive::list<pool_slot> idle_;
    int lent_ = 0;
    int connecting_ = 0;
    int closing_ = 0;
    int failures_ = 0;
    std::int64_t failing_since_ns_ = 0;
    std::int64_t retry_at_ns_ = 0;
    bool ever_opened_ = false;
    bool shut_ = false;
    std::uint64_t created_ = 0;
    std::uint64_t acquired_ = 0;
    std::map<std::string, std::uint64_t> destroyed_;
};

}  // namespace qry::session
