// How long what does not end when asked to is waited for.
#pragma once

#include <cstdint>

namespace qry::base {

// From the moment of the cancel until the session is given up.
inline constexpr std::int64_t cancel_grace_ns = 2'000'000'000;

// A single cancel may be lost (it came before the statement, or the library forgot it): it is sent
// again after this, then after twice that, and so on.
inline constexpr std::int64_t first_recancel_ns = 20'000'000;

}  // namespace qry::base
