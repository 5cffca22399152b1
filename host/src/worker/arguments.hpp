// The arguments of a statement, out of their frame.
#pragma once

#include "backend/backend.hpp"
#include "wire/message.hpp"

namespace qry::worker {

// Copies; an error when they are not one row of what their schema says.
[[nodiscard]] result<void> read_arguments(
    const wire::execute& from, backend::execute_arguments& to
);

}  // namespace qry::worker
