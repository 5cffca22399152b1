// A snapshot as bytes: what the store keeps. One flat, versioned, checksummed block that is used
// as it lies; see layout.hpp.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <qry/result.hpp>
#include <qry/schema.hpp>

namespace qry::schema {

[[nodiscard]] std::string serialize(const schema_snapshot& snapshot);

// Checks the checksum, every offset and every reference before anything is used: damaged bytes give
// an error, and so does a block of another version.
[[nodiscard]] result<schema_ptr> load(std::string_view bytes);
// The same, used where it lies: 8-byte aligned, and nobody may change it as long as `owner` lives.
[[nodiscard]] result<schema_ptr> load_in_place(
    std::shared_ptr<const void> owner, std::span<const std::byte> block
);

}  // namespace qry::schema
