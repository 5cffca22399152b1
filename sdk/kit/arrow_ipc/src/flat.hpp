// What schemas and batches share in building their tables.
#pragma once

#include <flatbuffers/flatbuffer_builder.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace qry::arrow_ipc {

using flatbuffers::FlatBufferBuilder;
using any_offset = flatbuffers::Offset<void>;

// Slots count from 0 in the order of a table's fields; a union takes two, its tag first.
[[nodiscard]] constexpr flatbuffers::voffset_t slot(int number) noexcept {
    return static_cast<flatbuffers::voffset_t>(4 + 2 * number);
}

inline any_offset end_table(FlatBufferBuilder& to, flatbuffers::uoffset_t start) {
    return any_offset(to.EndTable(start));
}

inline any_offset vector_of(FlatBufferBuilder& to, const std::vector<any_offset>& tables) {
    return any_offset(to.CreateVector(tables.data(), tables.size()).o);
}

// MessageHeader.
enum class header_kind : std::uint8_t { schema = 1, dictionary_batch = 2, record_batch = 3 };

// Ends the builder: the Message around the header, framed.
[[nodiscard]] std::vector<std::byte> finish_message(
    FlatBufferBuilder& to, header_kind kind, any_offset header, std::int64_t body_size
);

}  // namespace qry::arrow_ipc
