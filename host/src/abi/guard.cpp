#include "abi/guard.hpp"

#include "base/clock.hpp"

namespace qry::abi {

namespace {

// Plugins do not say their name when they log, and live as long as the process: so does this.
base::log_limiter& limiter() {
    static base::log_limiter& only = *new base::log_limiter;
    return only;
}

}  // namespace

void write_plugin_log(
    base::log_level level, std::string_view source, std::string_view text
) noexcept {
    if (level > base::log_threshold()) return;
    try {
        const auto verdict = limiter().ask(base::now_ns());
        if (!verdict.allowed) return;
        if (verdict.held_back != 0) {
            base::write_log(
                base::log_level::warn,
                "plugins",
                std::to_string(verdict.held_back) + " lines were held back"
            );
        }
        base::write_log(level, source, text);
    } catch (...) {
        // No memory for the line.
    }
}

void log_violation(std::string_view plugin, std::string_view sentence) noexcept {
    try {
        write_plugin_log(
            base::log_level::error,
            "plugin " + std::string(plugin),
            "contract violation: " + std::string(sentence)
        );
    } catch (...) {
        // No memory for the line.
    }
}

void log_exception(std::string_view plugin, const char* what) noexcept {
    try {
        log_violation(plugin, "an exception escaped from " + std::string(what));
    } catch (...) {
        // No memory for the line.
    }
}

}  // namespace qry::abi
