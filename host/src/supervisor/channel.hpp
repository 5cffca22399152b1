// What hangs on one channel of a lane: a connect under way, a session, or one that is being closed.
#pragma once

#include <cstdint>
#include <string>

#include <qry/result.hpp>

#include "supervisor/death.hpp"
#include "wire/lane.hpp"

namespace qry::supervisor {

// Used on the lane's loop only.
class channel {
public:
    virtual ~channel() = default;

    // An error says what was wrong with the frame: the worker is then dropped.
    [[nodiscard]] virtual result<void> on_frame(wire::incoming& frame) = 0;
    // All that came in one piece has been handed over; now the answers may be given.
    virtual void settled() = 0;
    // The worker is gone. Last call.
    virtual void lost(const death& why) = 0;
    // The worker wants to end: what is not in use is closed now.
    virtual void retire() {}
    // The statement that runs, for the list of those that kill; empty = none.
    [[nodiscard]] virtual std::string_view statement() const noexcept { return {}; }
    // What it does, for the log: "executing query k3f9x2q-1a".
    [[nodiscard]] virtual std::string doing() const = 0;

    // Work is under way, until deadline_ns.
    [[nodiscard]] bool busy() const noexcept { return busy_; }
    [[nodiscard]] std::int64_t deadline_ns() const noexcept { return deadline_ns_; }

protected:
    std::int64_t deadline_ns_ = 0;

private:
    friend class remote_lane;
    bool busy_ = false;
    bool touched_ = false;
};

}  // namespace qry::supervisor
