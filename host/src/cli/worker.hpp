// `qry-host worker`: started by the host for itself, not by people.
#pragma once

namespace qry::cli {

// True when the arguments say so. Asked before anything else is set up: a worker that replaces a
// dead one is waited for.
[[nodiscard]] bool is_worker(int argc, char** argv) noexcept;

// Returns only when the arguments are wrong: the exit status.
[[nodiscard]] int run_worker(int argc, char** argv);

}  // namespace qry::cli
