// qry-host doctor: what is installed, what is configured, what is wrong and what to do.
#pragma once

#include <vector>

#include <qry/host.hpp>

#include "service/context.hpp"

namespace qry::service {

// Store thread only. Never touches a customer's database.
[[nodiscard]] std::vector<doctor_finding> examine(context& shared);

}  // namespace qry::service
