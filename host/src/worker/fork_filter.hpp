// A worker is one process: what its plugin tries to start is refused by the kernel.
#pragma once

#include <qry/result.hpp>

namespace qry::worker {

// From now on fork, vfork, clone and clone3 fail with EAGAIN (posix_spawn and system with them),
// for this process and all its threads; threads can still be made. Needs PR_SET_NO_NEW_PRIVS. On
// processors that it does not know it does nothing.
//
// Rationale: RLIMIT_NPROC counts the threads of the user and not of this process, and does not hold
// for root at all; a fork bomb would be seen only after it went off.
[[nodiscard]] result<void> refuse_processes();

}  // namespace qry::worker
