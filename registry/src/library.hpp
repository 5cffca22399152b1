// The checks of a plugin's library, shared by the listing and by the opening.
#pragma once

#include <qry/registry/catalog.hpp>

#include "file.hpp"

namespace qry::registry {

// Opens the library and compares its ELF note with the manifest. Reads headers only; the digest
// is not looked at.
[[nodiscard]] result<unique_fd> open_and_check(
    const manifest& about, const std::filesystem::path& library
);

// Whether the bytes behind the descriptor have the digest that the manifest states, if it does.
[[nodiscard]] result<void> check_digest(
    int fd, const manifest& about, const std::filesystem::path& library
);

}  // namespace qry::registry
