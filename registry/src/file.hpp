// Opening files that somebody else put there: never waits for a FIFO, never takes a device.
#pragma once

#include <filesystem>
#include <string>

#include <qry/registry/unique_fd.hpp>
#include <qry/result.hpp>

namespace qry::registry {

// A regular file, for reading, closed on exec.
[[nodiscard]] result<unique_fd> open_regular(const std::filesystem::path& file);
// The whole of it; a file longer than `limit` is refused.
[[nodiscard]] result<std::string> read_text(const std::filesystem::path& file, std::size_t limit);
// Lower-case hex SHA-256 of everything behind the descriptor.
[[nodiscard]] result<std::string> sha256(int fd, const std::filesystem::path& file);

}  // namespace qry::registry
