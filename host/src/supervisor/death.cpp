#include "supervisor/death.hpp"

#include <csignal>
#include <cstring>

namespace qry::supervisor {

namespace {

std::string signal_name(int number) {
    const char* name = sigabbrev_np(number);
    return name != nullptr ? "SIG" + std::string(name) : "unknown";
}

status kind_of(death_cause cause) noexcept {
    switch (cause) {
        case death_cause::resource:
            return status::resource_limit;
        case death_cause::protocol:
            return status::plugin_error;
        case death_cause::exited:
        case death_cause::signal:
        case death_cause::stalled:
        case death_cause::stuck:
        case death_cause::start:
        case death_cause::asked:
        case death_cause::unknown:
            break;
    }
    return status::plugin_crashed;
}

std::string hint_of(const death& what) {
    switch (what.cause) {
        case death_cause::signal:
            if (what.code == SIGKILL) {
                return "the kernel does this when memory runs out; see its log";
            }
            break;
        case death_cause::resource:
            return "fetch less at once, or raise the cap (QRY_WORKER_MEMORY, QRY_WORKER_THREADS, "
                   "QRY_WORKER_DESCRIPTORS)";
        case death_cause::start:
            return "see the log, and run: qry-host doctor";
        case death_cause::stuck:
            return "another session of this plugin had to be stopped by force; run it again";
        case death_cause::asked:
        case death_cause::unknown:
            return "run it again";
        case death_cause::exited:
        case death_cause::stalled:
        case death_cause::protocol:
            break;
    }
    return "a new worker serves from now on; report it to the plugin's publisher, with the log";
}

}  // namespace

const char* to_text(death_cause cause) noexcept {
    switch (cause) {
        case death_cause::exited:
            return "exit";
        case death_cause::signal:
            return "signal";
        case death_cause::resource:
            return "resource";
        case death_cause::stalled:
            return "stalled";
        case death_cause::stuck:
            return "stuck";
        case death_cause::protocol:
            return "protocol";
        case death_cause::start:
            return "start";
        case death_cause::asked:
            return "asked";
        case death_cause::unknown:
            return "unknown";
    }
    return "unknown";
}

std::string describe(const death& what) {
    switch (what.cause) {
        case death_cause::exited:
            return "ended its process (exit status " + std::to_string(what.code) + ")";
        case death_cause::signal:
            return "crashed (signal " + std::to_string(what.code) + ", " + signal_name(what.code) +
                   ")";
        case death_cause::resource:
            return "was stopped (" + what.detail + ")";
        case death_cause::stalled:
            return "was stopped because it held up its loop (" + what.detail + ")";
        case death_cause::stuck:
            return "was stopped because one of its sessions did not end";
        case death_cause::protocol:
            return "was stopped for what it sent (" + what.detail + "; worker dropped)";
        case death_cause::start:
            return "could not be started (" + what.detail + ")";
        case death_cause::asked:
            return "was asked to end";
        case death_cause::unknown:
            return "ended, and its exit status is not known";
    }
    return "ended";
}

error death_error(std::string_view plugin, const death& what, std::string_view doing) {
    std::string message = "plugin '" + std::string(plugin) + "' " + describe(what);
    if (!doing.empty()) message += " while " + std::string(doing);
    return {
        .kind = kind_of(what.cause),
        .message = std::move(message),
        .hint = hint_of(what),
        .from = origin::plugin};
}

error lost_error(std::string_view plugin, std::string_view why) {
    return {
        .kind = status::connection_failed,
        .message = "the session was lost: plugin '" + std::string(plugin) + "' " + std::string(why),
        .hint = "run it again: a new session serves",
        .from = origin::host,
        .retryable = true};
}

}  // namespace qry::supervisor
