// How a worker ended, and what those are told who had something running on it.
#pragma once

#include <string>
#include <string_view>

#include <qry/error.hpp>

namespace qry::supervisor {

enum class death_cause {
    // By itself, without having been asked; code: its exit status.
    exited,
    // code: the signal that nobody here sent.
    signal,
    // Killed at a cap of ours, or ended for want of memory; detail: the cap and the value.
    resource,
    // Its loop did not answer; detail: for how long.
    stalled,
    // A session of it did not end.
    stuck,
    // What it sent made no sense; detail says what.
    protocol,
    // It did not get as far as loading its plugin; detail says why.
    start,
    // Asked to end.
    asked,
    // Somebody else took the status of our child.
    unknown
};

struct death {
    death_cause cause = death_cause::unknown;
    int code = 0;
    std::string detail;
};

// A word for statistics: "exit", "signal", "memory", ….
[[nodiscard]] const char* to_text(death_cause cause) noexcept;

// "crashed (signal 11, SIGSEGV)": what stands behind the plugin's name.
[[nodiscard]] std::string describe(const death& what);

// doing: "executing query k3f9x2q-1a", "connecting".
[[nodiscard]] error death_error(std::string_view plugin, const death& what, std::string_view doing);

// Of a session that died unused, or that lost its worker between two verbs: a new one serves.
[[nodiscard]] error lost_error(std::string_view plugin, std::string_view why);

}  // namespace qry::supervisor
