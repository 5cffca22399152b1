// What people give on the command line, from files, from standard input.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <qry/result.hpp>
#include <qry/secret.hpp>

#include "cli/interrupts.hpp"

namespace qry::cli {

// "K=V" each; a name twice is refused.
[[nodiscard]] result<std::map<std::string, std::string>> read_params(
    const std::vector<std::string>& given
);

// "K" asks on the terminal without echo, or reads one line; "K=@FILE", "K=env:VAR", "K=-" (the rest
// of standard input). A value on the command line itself is refused: everybody can read it there.
// A file's, or the input's, last newline is not part of the secret.
[[nodiscard]] result<std::map<std::string, secret>> read_secrets(
    const std::vector<std::string>& given, interrupts& on
);

// All of standard input.
[[nodiscard]] result<std::string> read_stdin(interrupts& on);

}  // namespace qry::cli
