// Cutting long texts without breaking a character.
#pragma once

#include <cstddef>
#include <string>

namespace qry::base {

// At most `size` bytes of valid UTF-8, cut between characters, with "…" in place of the rest.
[[nodiscard]] std::string cut_utf8(std::string text, std::size_t size);

}  // namespace qry::base
