// A schema snapshot as the store keeps it. Input: 1 = with a checksum that fits; the block.
#include <cstring>
#include <string>

#include "fuzz.hpp"
#include "schema/checksum.hpp"
#include "schema/image.hpp"
#include "schema/layout.hpp"

namespace {

using namespace qry;

std::size_t read_all(const schema_snapshot& s) {
    std::size_t size = s.config_hash().size() + s.catalogs().size();
    for (std::uint32_t i = 0; i < s.table_count(); ++i) {
        const auto t = s.table(i);
        size += t.name().size() + t.kind().size() + t.comment().value_or("").size();
        for (std::uint32_t c = 0; c < t.column_count(); ++c) {
            const auto column = t.column(c);
            size += column.name.size() + column.type.size() + column.arrow_type.size() +
                    column.default_value.value_or("").size() + column.comment.value_or("").size();
        }
        for (const auto& k : t.keys()) {
            size += k.name.value_or("").size() + k.ref_table.size();
            for (const auto part : k.columns)
                size += part.size();
            for (const auto part : k.ref_columns)
                size += part.size();
        }
        (void)s.find(t.name());
    }
    return size + s.prompt(500, "orders of people").size() + s.search("ord").size();
}

}  // namespace

void qry::fuzz::take(std::span<const std::uint8_t> input) {
    pieces in(input);
    const bool sealed = in.number() == 1;
    std::string block(pieces::text(in.rest()));
    schema::image_header h;
    if (sealed && block.size() >= sizeof(h)) {
        block.resize(block.size() / 8 * 8);
        std::memcpy(&h, block.data(), sizeof(h));
        h.size = block.size();
        std::memcpy(block.data(), &h, sizeof(h));
        h.checksum =
            schema::checksum(reinterpret_cast<const std::byte*>(block.data()), block.size());
        std::memcpy(block.data(), &h, sizeof(h));
    }
    const auto loaded = schema::load(block);
    if (!loaded) return;
    require(read_all(**loaded) < (1U << 30), "what is read lies within the block");
    require(schema::serialize(**loaded) == block, "a snapshot is written as it was read");
}
