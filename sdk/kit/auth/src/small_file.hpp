// Small files that may hold secrets.
#pragma once

#include <cstddef>
#include <filesystem>

#include <qry/result.hpp>
#include <qry/secret.hpp>

namespace qry::auth {

// All of a regular file, or not_found / permission_denied / invalid_parameter (longer than `limit`
// bytes, no regular file); the error names the file.
[[nodiscard]] result<secret> read_small_file(const std::filesystem::path& file, std::size_t limit);

}  // namespace qry::auth
