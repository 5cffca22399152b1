// The daemon at work: takes clients in, and sees to it that all of it ends in good order.
#pragma once

#include <memory>
#include <set>
#include <string>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <qry/serve.hpp>

#include "daemon/connection.hpp"
#include "daemon/hub.hpp"
#include "daemon/listener.hpp"

namespace qry::daemon {

// Serves `of` to whoever connects to `door`. memory: what batches are handed over in; it had best
// be where the host's batches lie already.
[[nodiscard]] std::shared_ptr<server> serve(
    listener door, host_ptr of, std::shared_ptr<wire::segment_source> memory, duration drain
);

// What a daemon may hand over at one time: a quarter of the machine's memory.
[[nodiscard]] std::uint64_t default_shared_bytes() noexcept;

}  // namespace qry::daemon
