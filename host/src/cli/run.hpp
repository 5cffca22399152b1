// The qry-host command, from its arguments to its exit status.
#pragma once

namespace qry::cli {

[[nodiscard]] int run(int argc, char** argv);

}  // namespace qry::cli
