// Stopping a statement at the server: CancelRequest on connections of its own, again and again
// until told to stop.
//
// Rationale: one request is not enough and one too many hits the next statement. The server drops
// requests that come before the backend runs anything (1 to 5 of 1,000 early ones), and one that is
// still under way when the session is reused cancels whatever runs then. So it is re-sent after 20,
// 40, 80 … ms, and it has ended only when every connection it made has been closed by the server:
// the server's process signals the backend before it exits.
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>

#include <qry/loop.hpp>
#include <qry/task.hpp>

#include "key_trace.hpp"

struct ssl_st;

namespace qry::postgresql {

// Where the requests go. `session_tls` lends its context (CA, protocol versions) to the TLS of the
// requests; NULL = plain.
struct cancel_target {
    sockaddr_storage address{};
    socklen_t address_size = 0;
    cancel_key key;
    ssl_st* session_tls = nullptr;
};

class canceller {
public:
    // ended is told once a round is over; it must not destroy the canceller.
    canceller(loop_ref loop, cancel_target target, waiter& ended) noexcept
        : target_(target), place_(loop), ended_(ended) {}
    canceller(const canceller&) = delete;
    canceller& operator=(const canceller&) = delete;
    ~canceller() { abort(); }

    // Starts asking, unless it already does.
    void begin();
    // The server is idle: no further request; running() until the last connection is closed.
    void stop() noexcept;
    // Drops everything at once. Only for a session that is not used again.
    void abort() noexcept;
    [[nodiscard]] bool running() const noexcept { return running_; }
    // A request was sent and its end never seen: it may still hit something.
    [[nodiscard]] bool stray() const noexcept { return stray_; }
    [[nodiscard]] std::int64_t sent() const noexcept { return sent_count_; }

private:
    [[nodiscard]] task<void> run();
    [[nodiscard]] task<void> attempt();
    [[nodiscard]] task<bool> go_secret(int socket, ssl_st* tls, std::int64_t until);
    [[nodiscard]] task<bool> deliver(int socket, ssl_st* tls, std::int64_t until);

    const cancel_target target_;
    waiter place_;
    waiter& ended_;
    bool running_ = false;
    bool stopping_ = false;
    bool aborted_ = false;
    bool stray_ = false;
    // Bytes of a request are on their way: it may not be abandoned any more.
    bool committed_ = false;
    std::int64_t sent_count_ = 0;
};

}  // namespace qry::postgresql
