#include "session.hpp"

#include "error.hpp"

namespace qry::starburst {

session::session(
    loop_ref loop,
    std::unique_ptr<http::client> client,
    connect_options options,
    arrow::memory memory
)
    : options_(std::move(options)),
      memory_(memory),
      loop_(loop),
      client_(std::move(client)),
      state_(options_.initial),
      link_{*client_, loop, options_.origin(), fixed_headers(options_), state_} {}

session::~session() = default;

std::optional<qry_progress> session::how_far() noexcept {
    if (!statement_) return std::nullopt;
    qry_progress out{};
    out.struct_size = sizeof(out);
    out.total = -1;
    out.fraction = stats_.percentage < 0 ? -1 : stats_.percentage / 100;
    out.done = stats_.processed_rows;
    try {
        stage_ = stats_.state + ", " + std::to_string(stats_.completed_splits) + " of " +
                 std::to_string(stats_.total_splits) + " splits, " +
                 std::to_string(stats_.processed_bytes) + " bytes";
    } catch (...) {
        return std::nullopt;
    }
    out.stage = stage_.c_str();
    return out;
}

}  // namespace qry::starburst
