// A channel whose owner has let go of it: it lasts until the worker says that the plugin's half is
// gone too. A worker that does not say so in time has a session that is stuck.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <qry/callback.hpp>

#include "base/timers.hpp"
#include "supervisor/remote_lane.hpp"
#include "supervisor/result_stream.hpp"

namespace qry::supervisor {

struct closing_parts {
    std::shared_ptr<remote_lane> lane;
    std::uint32_t id = 0;
    // Of the close itself.
    std::uint32_t verb = 0;
    // What may still be on its way.
    result_stream stream{};
    // For the log.
    std::string doing;
    // The statement inside the plugin, if one may be: it can still kill the worker.
    std::string statement{};
    // Told when it is over, one way or the other; may be empty.
    completion<void> done{};
};

// Takes the place of the channel, sends close, and waits until the deadline.
void close_channel(closing_parts parts, std::int64_t deadline_ns);

}  // namespace qry::supervisor
