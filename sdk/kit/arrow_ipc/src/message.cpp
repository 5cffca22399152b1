#include "message.hpp"

#include <bit>
#include <cstring>

#include "flat.hpp"

namespace qry::arrow_ipc {

namespace {

static_assert(
    std::endian::native == std::endian::little,
    "buffers are written as they are, and this stream says that they are little endian"
);
static_assert(sizeof(field_node) == 16 && sizeof(buffer_extent) == 16);

constexpr std::int16_t metadata_v5 = 4;
constexpr std::size_t prefix_size = 8;

any_offset record_batch(FlatBufferBuilder& to, std::int64_t rows, const body& of) {
    const auto nodes = to.CreateVectorOfStructs(of.nodes().data(), of.nodes().size());
    const auto buffers = to.CreateVectorOfStructs(of.extents().data(), of.extents().size());
    const auto start = to.StartTable();
    to.AddElement<std::int64_t>(slot(0), rows);
    to.AddOffset(slot(1), nodes);
    to.AddOffset(slot(2), buffers);
    return end_table(to, start);
}

}  // namespace

std::vector<std::byte> finish_message(
    FlatBufferBuilder& to, header_kind kind, any_offset header, std::int64_t body_size
) {
    const auto start = to.StartTable();
    to.AddElement<std::int16_t>(slot(0), metadata_v5);
    to.AddElement<std::uint8_t>(slot(1), static_cast<std::uint8_t>(kind));
    to.AddOffset(slot(2), header);
    to.AddElement<std::int64_t>(slot(3), body_size);
    to.Finish(end_table(to, start));

    const std::size_t used = prefix_size + to.GetSize();
    std::vector<std::byte> out(used + padding(used));
    std::memcpy(out.data(), end_of_stream.data(), sizeof(std::uint32_t));
    const auto length = static_cast<std::int32_t>(out.size() - prefix_size);
    std::memcpy(out.data() + sizeof(std::uint32_t), &length, sizeof(length));
    std::memcpy(out.data() + prefix_size, to.GetBufferPointer(), to.GetSize());
    return out;
}

std::vector<std::byte> record_batch_message(std::int64_t rows, const body& of) {
    FlatBufferBuilder to;
    const auto header = record_batch(to, rows, of);
    return finish_message(to, header_kind::record_batch, header, of.size());
}

std::vector<std::byte> dictionary_message(std::int64_t id, std::int64_t rows, const body& of) {
    FlatBufferBuilder to;
    const auto data = record_batch(to, rows, of);
    const auto start = to.StartTable();
    to.AddElement<std::int64_t>(slot(0), id);
    to.AddOffset(slot(1), data);
    // isDelta stays false: it replaces the dictionary of this id.
    const auto header = end_table(to, start);
    return finish_message(to, header_kind::dictionary_batch, header, of.size());
}

}  // namespace qry::arrow_ipc
