// Where batches of a lane come to lie, and how those that stay in shared memory are given back.
#pragma once

#include <memory>

#include "supervisor/remote_lane.hpp"
#include "wire/batch.hpp"

namespace qry::supervisor {

[[nodiscard]] wire::landing make_landing(const std::shared_ptr<remote_lane>& lane);

}  // namespace qry::supervisor
