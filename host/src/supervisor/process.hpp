// A child process that runs a worker: started, watched, killed, never left behind.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include <boost/asio/io_context.hpp>

#include <qry/callback.hpp>
#include <qry/registry/unique_fd.hpp>
#include <qry/result.hpp>

#include "supervisor/death.hpp"
#include "supervisor/settings.hpp"

namespace qry::supervisor {

// Not thread-safe but for kill().
class process {
public:
    virtual ~process() = default;
    [[nodiscard]] virtual int id() const noexcept = 0;
    // Calls, once, on the loop, when the process is gone: exited, signal or unknown.
    virtual void watch(callback<void(death)> on_end) = 0;
    // SIGKILL. Harmless afterwards, and in a forked child of the host.
    virtual void kill() noexcept = 0;
};

// A process, and our ends of what it talks over.
struct launched {
    std::unique_ptr<process> child;
    registry::unique_fd control;
    // One for each loop of the host.
    std::vector<registry::unique_fd> lanes;
    // The reading end of its standard error.
    registry::unique_fd output;
};

// Starts a worker with so many lanes; its end is watched on `home`.
using launcher = std::function<result<launched>(boost::asio::io_context& home, std::size_t lanes)>;

// Runs `qry-host worker --control 3 --lanes 4,5,…` with an environment made from scratch, in a
// process group of its own (so that Ctrl-C in a terminal reaches the host alone), its standard
// input and output on /dev/null and nothing open but what it is given.
//
// Rationale: posix_spawn, which is vfork in this C library: the caller's thread stands still until
// the exec, well under a millisecond however large the process is, where fork() would copy the page
// tables of a Python program. The worker asks for its PR_SET_PDEATHSIG by itself: it fires when the
// thread that spawned it ends, which is a loop's and so lasts as long as the host.
[[nodiscard]] launcher make_launcher(settings how);

}  // namespace qry::supervisor
