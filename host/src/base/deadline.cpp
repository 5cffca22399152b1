#include "base/deadline.hpp"

#include "base/errors.hpp"

namespace qry::base {

result<deadline> deadline::make(
    std::int64_t started_ns, std::chrono::nanoseconds limit, std::string source
) {
    if (limit.count() <= 0) {
        return error{
            .kind = status::invalid_parameter,
            .message = "the time limit of the " + source + " is " + format_duration(limit) +
                       "; it must be positive",
            .hint = "leave it out for the default of 30 s, or give for example 90s or 5m",
            .from = origin::host,
            .parameter = "timeout"};
    }
    return deadline(started_ns, limit, std::move(source));
}

time_limit deadline::describe(std::int64_t now) const {
    return {
        .limit = limit_, .source = source_, .elapsed = std::chrono::nanoseconds(now - started_ns_)};
}

}  // namespace qry::base
