// Messages of the IPC format: continuation marker, length, FlatBuffers table, padding. The slots
// and numbers are those of Schema.fbs and Message.fbs, as published with the format:
// https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <qry/kit/arrow/type.hpp>

#include "body.hpp"

namespace qry::arrow_ipc {

// Each is a multiple of 64 bytes, so that a body after it is aligned where the stream is.
[[nodiscard]] std::vector<std::byte> schema_message(const arrow::field& rows);
[[nodiscard]] std::vector<std::byte> record_batch_message(std::int64_t rows, const body& of);
[[nodiscard]] std::vector<std::byte> dictionary_message(
    std::int64_t id, std::int64_t rows, const body& of
);

// The marker again, and a length of 0.
inline constexpr std::array<std::byte, 8> end_of_stream{
    std::byte{0xFF}, std::byte{0xFF}, std::byte{0xFF}, std::byte{0xFF}};

}  // namespace qry::arrow_ipc
