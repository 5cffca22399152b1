#include <algorithm>
#include <cstring>
#include <limits>
#include <numeric>
#include <string>
#include <tuple>

#include "schema/checksum.hpp"
#include "schema/data.hpp"
#include "schema/staging.hpp"
#include "schema/word_index.hpp"

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
    template <class List>
    section add(const List& items) {
        return add(items.data(), items.size() * sizeof(*items.data()), items.size());
    }
    std::byte* start() noexcept { return memory_.get(); }
    std::shared_ptr<const void> take() {
        return std::shared_ptr<const std::byte[]>(std::move(memory_));
    }

private:
    std::unique_ptr<std::byte[]> memory_;
    std::size_t at_ = (sizeof(image_header) + 7) / 8 * 8;
};

template <class List>
std::size_t padded(const List& items) {
    return (items.size() * sizeof(*items.data()) + 7) / 8 * 8;
}

error too_large() {
    error e{.kind = status::resource_limit};
    e.message =
        "the schema is too large: 4 GiB of texts, a billion texts or 500 million tables are the "
        "most";
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
    if (!with.digest.empty()) header.digest = from.texts.intern(with.digest);
    constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max();
    if (from.texts.full() || from.columns.size() >= most || from.key_columns.size() >= most ||
        from.texts.ends().size() > posting_text || from.tables.size() > place_table) {
        return too_large();
    }
    sort_records(from);
    const word_index words = make_word_index(from);
    header.header_size = sizeof(header);
    header.generation = with.generation;
    header.taken_at =
        std::chrono::duration_cast<std::chrono::nanoseconds>(with.taken_at.time_since_epoch())
            .count();
    const std::string& bytes = from.texts.bytes();
    header.size = (sizeof(header) + 7) / 8 * 8 + padded(from.tables) + padded(from.columns) +
                  padded(from.shapes) + padded(from.keys) + padded(from.key_columns) +
                  padded(from.texts.ends()) + padded(bytes) + padded(words.word_ends) +
                  padded(words.word_bytes) + padded(words.first_postings) + padded(words.postings) +
                  padded(words.first_places) + padded(words.places);
    block_writer block(header.size);
    header.tables = block.add(from.tables);
    header.columns = block.add(from.columns);
    header.shapes = block.add(from.shapes);
    header.keys = block.add(from.keys);
    header.key_columns = block.add(from.key_columns);
    header.ends = block.add(from.texts.ends());
    header.bytes = block.add(bytes);
    header.word_ends = block.add(words.word_ends);
    header.word_bytes = block.add(words.word_bytes);
    header.first_postings = block.add(words.first_postings);
    header.postings = block.add(words.postings);
    header.first_places = block.add(words.first_places);
    header.places = block.add(words.places);
    std::memcpy(block.start(), &header, sizeof(header));
    header.checksum = checksum(block.start(), header.size);
    std::memcpy(block.start(), &header, sizeof(header));
    const std::byte* start = block.start();
    auto content = std::make_shared<const schema_snapshot::data>(block.take(), start);
    // Here, not in the first prompt.
    (void)content->lookup();
    return std::make_shared<const schema_snapshot>(std::move(content));
}

}  // namespace qry::schema
