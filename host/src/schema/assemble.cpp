#include <algorithm>
#include <cstring>
#include <limits>
#include <numeric>
#include <string>
#include <tuple>

#include "schema/checksum.hpp"
#include "schema/data.hpp"
#include "schema/staging.hpp"

namespace qry::schema {

namespace {

// The place of each table in the block: NULL before any text, then by bytes.
std::vector<std::uint32_t> sorted_order(const staging& s) {
    const auto key = [&](std::uint32_t i) {
        const table_record& t = s.tables[i];
        return std::tuple(
            t.catalog != 0,
            s.texts.text(t.catalog),
            t.schema != 0,
            s.texts.text(t.schema),
            s.texts.text(t.name)
        );
    };
    std::vector<std::uint32_t> order(s.tables.size());
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return key(a) < key(b); });
    return order;
}

// Moves records into the order of their tables, keeping the order of arrival within one (a counting
// sort). first: where each table begins, by its place in the block.
template <class Record>
std::vector<Record> group(
    const std::vector<Record>& records,
    const std::vector<std::uint32_t>& table_of,
    const std::vector<std::uint32_t>& place,
    std::vector<std::uint32_t>& first
) {
    first.assign(place.size() + 1, 0);
    for (const auto t : table_of)
        ++first[place[t] + 1];
    std::partial_sum(first.begin(), first.end(), first.begin());
    std::vector<Record> out(records.size());
    auto next = first;
    for (std::size_t i = 0; i < records.size(); ++i)
        out[next[place[table_of[i]]]++] = records[i];
    return out;
}

class block_writer {
public:
    explicit block_writer(std::size_t size) : memory_(new std::byte[size]()) {}

    section add(const void* from, std::size_t size, std::size_t count) {
        const section out{at_, count};
        if (size != 0) std::memcpy(memory_.get() + at_, from, size);
        at_ += (size + 7) / 8 * 8;
        return out;
    }
    template <class T>
    section add(const std::vector<T>& items) {
        return add(items.data(), items.size() * sizeof(T), items.size());
    }
    std::byte* start() noexcept { return memory_.get(); }
    std::shared_ptr<const void> take() {
        return std::shared_ptr<const std::byte[]>(std::move(memory_));
    }

private:
    std::unique_ptr<std::byte[]> memory_;
    std::size_t at_ = (sizeof(image_header) + 7) / 8 * 8;
};

template <class T>
std::size_t padded(const std::vector<T>& items) {
    return (items.size() * sizeof(T) + 7) / 8 * 8;
}

error too_large() {
    error e{.kind = status::resource_limit};
    e.message = "the schema is too large: its texts exceed 4 GiB";
    e.hint = "restrict what the user of this datasource may see";
    e.from = origin::host;
    return e;
}

// Puts tables, columns and keys into their final order.
void sort_records(staging& s) {
    const auto order = sorted_order(s);
    std::vector<std::uint32_t> place(order.size());
    std::vector<table_record> tables(order.size());
    for (std::uint32_t i = 0; i < order.size(); ++i) {
        place[order[i]] = i;
        tables[i] = s.tables[order[i]];
    }
    std::vector<std::uint32_t> first;
    s.columns = group(s.columns, s.column_table, place, first);
    for (std::size_t i = 0; i < tables.size(); ++i) {
        tables[i].first_column = first[i];
        tables[i].column_count = first[i + 1] - first[i];
        std::stable_sort(
            s.columns.begin() + first[i],
            s.columns.begin() + first[i + 1],
            [](const auto& a, const auto& b) { return a.ordinal < b.ordinal; }
        );
    }
    s.keys = group(s.keys, s.key_table, place, first);
    for (std::size_t i = 0; i < tables.size(); ++i) {
        tables[i].first_key = first[i];
        tables[i].key_count = first[i + 1] - first[i];
    }
    s.tables = std::move(tables);
}

}  // namespace

result<schema_ptr> assemble(staging from, const stamp& with) {
    image_header header;
    header.config_hash = from.texts.intern(with.config_hash);
    constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max();
    if (from.texts.full() || from.columns.size() >= most || from.key_columns.size() >= most) {
        return too_large();
    }
    sort_records(from);
    header.header_size = sizeof(header);
    header.generation = with.generation;
    header.taken_at =
        std::chrono::duration_cast<std::chrono::nanoseconds>(with.taken_at.time_since_epoch())
            .count();
    const std::string& bytes = from.texts.bytes();
    header.size = (sizeof(header) + 7) / 8 * 8 + padded(from.tables) + padded(from.columns) +
                  padded(from.keys) + padded(from.key_columns) + padded(from.texts.ends()) +
                  (bytes.size() + 7) / 8 * 8;
    block_writer block(header.size);
    header.tables = block.add(from.tables);
    header.columns = block.add(from.columns);
    header.keys = block.add(from.keys);
    header.key_columns = block.add(from.key_columns);
    header.ends = block.add(from.texts.ends());
    header.bytes = block.add(bytes.data(), bytes.size(), bytes.size());
    std::memcpy(block.start(), &header, sizeof(header));
    header.checksum = checksum(block.start(), header.size);
    std::memcpy(block.start(), &header, sizeof(header));
    const std::byte* start = block.start();
    return std::make_shared<const schema_snapshot>(
        std::make_shared<const schema_snapshot::data>(block.take(), start)
    );
}

}  // namespace qry::schema
