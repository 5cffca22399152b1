// The barrier: the one place where an exception that escaped from a plugin ends.
#pragma once

#include <exception>
#include <string>
#include <string_view>

#include "base/log.hpp"

namespace qry::abi {

// A line about, or from, a plugin; all plugins together share one allowance of lines. Never throws.
void write_plugin_log(
    base::log_level level, std::string_view source, std::string_view text
) noexcept;

// Says so in the log; never throws itself.
void log_violation(std::string_view plugin, std::string_view sentence) noexcept;

// An exception came out of `what`.
void log_exception(std::string_view plugin, const char* what) noexcept;

// Calls the plugin. False: an exception came out of it.
template <class Call>
bool call_plugin(const std::string& plugin, const char* what, Call&& call) noexcept {
    try {
        call();
        return true;
    } catch (...) {
        log_exception(plugin, what);
        return false;
    }
}

}  // namespace qry::abi
