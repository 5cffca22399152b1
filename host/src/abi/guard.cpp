#include "abi/guard.hpp"

namespace qry::abi {

void log_violation(std::string_view plugin, std::string_view sentence) noexcept {
    try {
        base::write_log(
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
