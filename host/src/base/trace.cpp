#include "base/trace.hpp"

#include <algorithm>
#include <string>

#include "base/clock.hpp"

namespace qry::base {

void trace(
    std::string_view source, std::string_view query_id, std::int64_t since_ns, std::string_view what
) noexcept {
    try {
        std::string line = "query ";
        line += query_id;
        if (since_ns != 0) {
            const std::int64_t passed = std::max<std::int64_t>(now_ns() - since_ns, 0);
            line += " +" + std::to_string(passed / 1000) + " us";
        }
        line += ": ";
        line += what;
        write_log(log_level::trace, source, line);
    } catch (...) {
        // A line is lost.
    }
}

}  // namespace qry::base
