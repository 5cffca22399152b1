// A batch as a worker sends it, and its schema: the host must not believe a byte. Input: size of
// the schema, two bytes; the schema; the batch's frame. Segment 1 exists and holds 4 KiB of the
// frame's own bytes, over and over.
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <qry/kit/arrow/validate.hpp>

#include "fuzz.hpp"
#include "wire/batch.hpp"

namespace {

using namespace qry;

constexpr std::size_t shared_bytes = 4096;

// The worker's end of the memory; the host's is in `map`.
std::byte* shared_memory(wire::segment_map& map) {
    registry::unique_fd memory(::memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    fuzz::require(::ftruncate(memory.get(), shared_bytes) == 0, "shared memory");
    void* at = ::mmap(nullptr, shared_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory.get(), 0);
    fuzz::require(at != MAP_FAILED, "a mapping");
    fuzz::require(
        ::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0, "seals"
    );
    fuzz::require(map.add(1, shared_bytes, std::move(memory)).has_value(), "a segment");
    return static_cast<std::byte*>(at);
}

wire::landing exact_blocks(int& blocks) {
    return {
        .alloc = [&blocks](std::size_t size) -> void* {
            // More than any honest frame of this size asks for.
            if (size > (64U << 20)) return nullptr;
            ++blocks;
            return std::aligned_alloc(64, (size + 63) / 64 * 64);
        },
        .free =
            [&blocks](void* block, std::size_t) {
                --blocks;
                std::free(block);
            },
        .on_release = [](std::uint64_t) {}};
}

}  // namespace

void qry::fuzz::take(std::span<const std::uint8_t> input) {
    static wire::segment_map map;
    static std::byte* const shared = shared_memory(map);
    pieces in(input);
    const std::size_t high = in.number();
    const auto schema_bytes = in.bytes(high << 8 | in.number());
    const auto frame = in.rest();
    const auto schema = wire::get_schema(std::as_bytes(schema_bytes));
    if (!schema) return;
    const auto type = arrow::import_field(*schema->get());
    require(type.has_value(), "a schema that was taken can be read");
    std::vector<std::byte> again;
    wire::writer to(again);
    wire::put_schema(to, *schema->get());
    require(again.size() == schema_bytes.size(), "a schema is written as it came");

    for (std::size_t i = 0; i < shared_bytes; ++i)
        shared[i] = frame.empty() ? std::byte(0) : std::byte(frame[i % frame.size()]);
    int blocks = 0;
    {
        const auto taken = wire::get_batch(
            std::as_bytes(frame), *type, map, wire::trust::checked, exact_blocks(blocks)
        );
        if (taken && taken->rows) {
            require(
                arrow::validate(*type, *taken->rows.get()).has_value(), "what was taken is valid"
            );
            std::vector<std::byte> payload;
            wire::writer out(payload);
            require(
                wire::put_batch(out, 0, *type, *taken->rows.get(), {}).has_value(),
                "what was taken can be sent on"
            );
        }
    }
    require(blocks == 0, "every block is freed");
}
