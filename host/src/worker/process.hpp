// `qry-host worker`: one plugin, one process, and nothing else in it.
#pragma once

#include <cstdint>
#include <vector>

#include <qry/result.hpp>

namespace qry::worker {

struct process_options {
    int control = -1;
    // One for each loop of the host.
    std::vector<int> lanes;
    // RLIMIT_DATA: what the process may write to in private. Not RLIMIT_AS, which counts libraries,
    // the stacks that threads never touch, and the shared batches. The host watches what is really
    // resident, and far below this; here is the bound for what grows faster than it looks.
    std::uint64_t data_bytes = std::uint64_t{4} << 30;
    // RLIMIT_NOFILE: a leak ends in an error of the plugin's, not of the machine.
    std::uint64_t files = 4096;
    // Whether the plugin may start processes; they end with the worker.
    bool processes = false;
};

// Makes this process harmless: no core dump, no ptrace, no new privileges, no child processes
// (unless `options` allows them), nothing open but what `options` names and 0 to 2, signals as
// after a login. An error names the call.
[[nodiscard]] result<void> harden(const process_options& options);

// Serves until the host hangs up or drains it. Ends the process; never returns.
[[noreturn]] void serve(const process_options& options);

}  // namespace qry::worker
